/* script.h: a random stream of requests of one client, with the replies that a server must give,
 * from a plain model of that client's own database.
 */
#ifndef KV_TESTS_SERVER_SCRIPT_H
#define KV_TESTS_SERVER_SCRIPT_H

#include "kv/prng.h"

#include "buffer.h"

enum {
    SCRIPT_STRINGS = 6,
    SCRIPT_LISTS = 3,
    SCRIPT_ELEMENTS_MAX = 40,
    SCRIPT_ELEMENT_BYTES_MAX = 4000,
    SCRIPT_VALUE_BYTES_MAX = 30000 /* val-size-max of the server */
};

/* Bytes that a seed gives: letters and digits, so that they may stand in an inline request. */
static inline u8 script_byte(u32 seed, u64 i) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    return (u8)letters[(seed * 31u + i * 7u + i / 36u) % (sizeof(letters) - 1)];
}

static inline void script_fill(struct buffer *buffer, u32 seed, u64 len) {
    buffer_room(buffer, len);
    for (u64 i = 0; i < len; i++)
        buffer->data[buffer->len + i] = script_byte(seed, i);
    buffer->len += len;
}

struct script_element {
    u32 seed;
    u32 len;
};

struct script {
    struct prng prng;
    u32 database; /* of its own */
    struct buffer in;
    struct buffer out;
    struct buffer strings[SCRIPT_STRINGS];
    bool exists[SCRIPT_STRINGS];
    struct script_element lists[SCRIPT_LISTS][SCRIPT_ELEMENTS_MAX];
    u32 lengths[SCRIPT_LISTS];
};

static inline u32 script_below(struct script *script, u32 bound) {
    return (u32)prng_below(&script->prng, bound);
}

/* Lengths around what matters: nothing, a few, a chunk, a buffer, the limit. */
static inline u32 script_length(struct script *script) {
    switch (script_below(script, 8)) {
    case 0:
        return 0;
    case 1:
    case 2:
    case 3:
        return script_below(script, 40);
    case 4:
        return 4060 + script_below(script, 60);
    case 5:
        return script_below(script, 6000);
    case 6:
        return 16300 + script_below(script, 160);
    default:
        return SCRIPT_VALUE_BYTES_MAX - script_below(script, 3);
    }
}

static inline void script_head(struct script *script, u32 argc, const char *name) {
    buffer_printf(&script->in, "*%u\r\n$%zu\r\n%s\r\n", argc, strlen(name), name);
}

static inline void script_string_key(struct script *script, u32 i) {
    buffer_printf(&script->in, "$2\r\ns%u\r\n", i);
}

static inline void script_list_key(struct script *script, u32 i) {
    buffer_printf(&script->in, "$2\r\nl%u\r\n", i);
}

static inline void script_argument(struct script *script, u32 seed, u32 len) {
    buffer_printf(&script->in, "$%u\r\n", len);
    script_fill(&script->in, seed, len);
    buffer_text(&script->in, "\r\n");
}

static inline void script_reply_string(struct script *script, u32 i) {
    const struct buffer *value = &script->strings[i];
    if (!script->exists[i]) {
        buffer_text(&script->out, "$-1\r\n");
        return;
    }
    buffer_printf(&script->out, "$%zu\r\n", value->len);
    buffer_add(&script->out, value->data, value->len);
    buffer_text(&script->out, "\r\n");
}

static inline void script_reply_element(struct script *script, struct script_element element) {
    buffer_printf(&script->out, "$%u\r\n", element.len);
    script_fill(&script->out, element.seed, element.len);
    buffer_text(&script->out, "\r\n");
}

static inline void script_store(struct script *script, u32 i, u32 seed, u32 len) {
    script->exists[i] = true;
    script->strings[i].len = 0;
    script_fill(&script->strings[i], seed, len);
}

/* -- strings -- */

static inline void script_set(struct script *script) {
    const u32 i = script_below(script, SCRIPT_STRINGS), seed = script_below(script, 1000);
    const u32 len = script_length(script);
    const bool get = script_below(script, 4) == 0;
    script_head(script, get ? 4 : 3, "SET");
    script_string_key(script, i);
    script_argument(script, seed, len);
    if (get) {
        buffer_text(&script->in, "$3\r\nget\r\n");
        script_reply_string(script, i);
    } else {
        buffer_text(&script->out, "+OK\r\n");
    }
    script_store(script, i, seed, len);
}

static inline void script_set_inline(struct script *script) {
    const u32 i = script_below(script, SCRIPT_STRINGS), seed = script_below(script, 1000);
    const u32 len = script_length(script);
    const char *quote = script_below(script, 2) == 0 ? "\"" : "'";
    buffer_printf(&script->in, "  set s%u %s", i, quote);
    script_fill(&script->in, seed, len);
    buffer_printf(&script->in, "%s%s", quote, script_below(script, 2) == 0 ? "\n" : "\r\n");
    buffer_text(&script->out, "+OK\r\n");
    script_store(script, i, seed, len);
}

static inline void script_set_too_long(struct script *script) {
    const u32 len = SCRIPT_VALUE_BYTES_MAX + 1 + script_below(script, 20000);
    script_head(script, 3, "SET");
    script_string_key(script, script_below(script, SCRIPT_STRINGS));
    script_argument(script, 1, len);
    buffer_printf(&script->out, "-ERR value of %u bytes exceeds val-size-max (%u)\r\n", len,
                  SCRIPT_VALUE_BYTES_MAX);
}

static inline void script_append(struct script *script) {
    const u32 i = script_below(script, SCRIPT_STRINGS), seed = script_below(script, 1000);
    const u32 len = script_below(script, 3000);
    struct buffer *value = &script->strings[i];
    if (!script->exists[i]) value->len = 0;
    script_head(script, 3, "APPEND");
    script_string_key(script, i);
    script_argument(script, seed, len);
    if (value->len + len > SCRIPT_VALUE_BYTES_MAX) {
        buffer_printf(&script->out, "-ERR value of %zu bytes exceeds val-size-max (%u)\r\n",
                      value->len + len, SCRIPT_VALUE_BYTES_MAX);
        return;
    }
    script_fill(value, seed, len);
    script->exists[i] = true;
    buffer_printf(&script->out, ":%zu\r\n", value->len);
}

static inline void script_get(struct script *script) {
    const u32 i = script_below(script, SCRIPT_STRINGS);
    script_head(script, 2, "GET");
    script_string_key(script, i);
    script_reply_string(script, i);
}

static inline void script_mget(struct script *script) {
    const u32 count = 1 + script_below(script, 8);
    script_head(script, count + 1, "MGET");
    buffer_printf(&script->out, "*%u\r\n", count);
    for (u32 n = 0; n < count; n++) {
        const u32 i = script_below(script, SCRIPT_STRINGS);
        script_string_key(script, i);
        script_reply_string(script, i);
    }
}

static inline void script_mset(struct script *script) {
    const u32 count = 1 + script_below(script, 4);
    script_head(script, 2 * count + 1, "MSET");
    for (u32 n = 0; n < count; n++) {
        const u32 i = script_below(script, SCRIPT_STRINGS), len = script_below(script, 9000);
        script_string_key(script, i);
        script_argument(script, n, len);
        script_store(script, i, n, len);
    }
    buffer_text(&script->out, "+OK\r\n");
}

/* -- lists -- */

static inline void script_push(struct script *script) {
    const u32 i = script_below(script, SCRIPT_LISTS);
    const u32 room = SCRIPT_ELEMENTS_MAX - script->lengths[i];
    const u32 count = u32_min(room, 1 + script_below(script, 12));
    if (count == 0) return;
    script_head(script, count + 2, "RPUSH");
    script_list_key(script, i);
    for (u32 n = 0; n < count; n++) {
        struct script_element element = {.seed = script_below(script, 1000),
                                         .len = script_below(script, 3) == 0
                                                    ? script_below(script, SCRIPT_ELEMENT_BYTES_MAX)
                                                    : script_below(script, 30)};
        script_argument(script, element.seed, element.len);
        script->lists[i][script->lengths[i]++] = element;
    }
    buffer_printf(&script->out, ":%u\r\n", script->lengths[i]);
}

static inline void script_pop(struct script *script) {
    const u32 i = script_below(script, SCRIPT_LISTS);
    const u32 count = 1 + script_below(script, 6), popped = u32_min(count, script->lengths[i]);
    buffer_printf(&script->in, "lpop l%u %u\r\n", i, count);
    if (popped == 0) {
        buffer_text(&script->out, "*-1\r\n");
        return;
    }
    buffer_printf(&script->out, "*%u\r\n", popped);
    for (u32 n = 0; n < popped; n++)
        script_reply_element(script, script->lists[i][n]);
    script->lengths[i] -= popped;
    memmove(script->lists[i], script->lists[i] + popped,
            script->lengths[i] * sizeof(struct script_element));
}

static inline void script_range(struct script *script) {
    const u32 i = script_below(script, SCRIPT_LISTS);
    script_head(script, 4, "LRANGE");
    script_list_key(script, i);
    buffer_text(&script->in, "$1\r\n0\r\n$2\r\n-1\r\n");
    buffer_printf(&script->out, "*%u\r\n", script->lengths[i]);
    for (u32 n = 0; n < script->lengths[i]; n++)
        script_reply_element(script, script->lists[i][n]);
}

/* -- others -- */

static inline void script_flush(struct script *script) {
    u32 keys = 0;
    for (u32 i = 0; i < SCRIPT_STRINGS; i++)
        keys += script->exists[i];
    for (u32 i = 0; i < SCRIPT_LISTS; i++)
        keys += script->lengths[i] > 0;
    buffer_text(&script->in, "DBSIZE\r\nFLUSHDB\r\nDBSIZE\r\n");
    buffer_printf(&script->out, ":%u\r\n+OK\r\n:0\r\n", keys);
    memset(script->exists, 0, sizeof(script->exists));
    memset(script->lengths, 0, sizeof(script->lengths));
}

/* Another database, whose keys nobody sets, and back. */
static inline void script_select(struct script *script) {
    buffer_printf(&script->in, "SELECT 15\r\n*2\r\n$3\r\nGET\r\n$2\r\ns0\r\nSELECT %u\r\n",
                  script->database);
    buffer_text(&script->out, "+OK\r\n$-1\r\n+OK\r\n");
}

static inline void script_wrong(struct script *script) {
    const u32 i = script_below(script, SCRIPT_LISTS);
    buffer_printf(&script->in, "GET l%u\r\nNOSUCH  x\r\n*1\r\n$3\r\nget\r\n", i);
    buffer_text(&script->out, script->lengths[i] == 0
                                  ? "$-1\r\n"
                                  : "-WRONGTYPE Operation against a key holding the wrong kind of "
                                    "value\r\n");
    buffer_text(&script->out, "-ERR unknown command 'NOSUCH', with args beginning with: 'x' \r\n"
                              "-ERR wrong number of arguments for 'get' command\r\n");
}

static inline void script_small(struct script *script) {
    const u32 count = 1 + script_below(script, 100);
    for (u32 n = 0; n < count; n++) {
        if (n % 3 == 0) buffer_text(&script->in, "PING\r\n");
        if (n % 3 == 0) buffer_text(&script->out, "+PONG\r\n");
        if (n % 3 == 1) buffer_text(&script->in, "\r\n*0\r\n\n");
        if (n % 3 == 2) buffer_printf(&script->in, "*2\r\n$4\r\necho\r\n$3\r\n%03u\r\n", n);
        if (n % 3 == 2) buffer_printf(&script->out, "$3\r\n%03u\r\n", n);
    }
}

static inline void script_add(struct script *script) {
    static void (*const kinds[])(struct script *) = {
        script_set,   script_set,    script_set_inline, script_set_too_long, script_append,
        script_get,   script_get,    script_mget,       script_mset,         script_push,
        script_push,  script_push,   script_pop,        script_range,        script_range,
        script_flush, script_select, script_wrong,      script_small,        script_small};
    kinds[script_below(script, KV_ARRAY_LENGTH(kinds))](script);
}

/* `database` is below 15 and nobody else's. */
static inline void script_init(struct script *script, u64 seed, u32 database, u32 steps) {
    *script = (struct script){.database = database};
    prng_init(&script->prng, seed);
    buffer_printf(&script->in, "SELECT %u\r\n", database);
    buffer_text(&script->out, "+OK\r\n");
    for (u32 i = 0; i < steps; i++)
        script_add(script);
}

static inline void script_deinit(struct script *script) {
    buffer_free(&script->in);
    buffer_free(&script->out);
    for (u32 i = 0; i < SCRIPT_STRINGS; i++)
        buffer_free(&script->strings[i]);
}

#endif
