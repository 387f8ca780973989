/* BITOP: the result is built page by page beside all sources, so that its key may be one of them,
 * and takes the place of what the key held at the end. Sources are worked in a few at a time: a
 * page of the result is in the cache while all of them are. */
#include <string.h>

#include "kv/assert.h"
#include "kv/bits.h"
#include "kv/number.h"

#include "strings_internal.h"

/* Sources that are read side by side. */
#define WINDOW 16u

struct source {
    struct value_cursor cursor;
    struct bytes piece; /* what is left of the latest one */
    char digits[NUMBER_TEXT_MAX];
};

struct window {
    enum string_bitop op;
    bool first; /* its first source begins the result */
    u32 count;
    struct source sources[WINDOW];
};

/* The next bytes of a source, at most `max`; empty at its end. */
static struct bytes take(struct source *source, u64 max) {
    if (source->piece.len == 0 && !value_next(&source->cursor, &source->piece))
        source->piece = bytes_of(NULL, 0);
    struct bytes taken = bytes_of(source->piece.data, u64_min(source->piece.len, max));
    source->piece.len -= taken.len;
    if (taken.len > 0) source->piece.data += taken.len;
    return taken;
}

static void combine_piece(enum string_bitop op, u8 *out, struct bytes piece) {
    switch (op) {
    case STRING_BITOP_AND:
        bits_and(out, piece.data, piece.len);
        return;
    case STRING_BITOP_OR:
        bits_or(out, piece.data, piece.len);
        return;
    case STRING_BITOP_XOR:
        bits_xor(out, piece.data, piece.len);
        return;
    case STRING_BITOP_NOT:
        break;
    }
    KV_FATAL("a second source of NOT");
}

static void begin_block(enum string_bitop op, struct source *source, u8 *out, u64 len) {
    u64 done = 0;
    for (struct bytes piece = take(source, len); piece.len > 0; piece = take(source, len - done)) {
        memcpy(out + done, piece.data, piece.len);
        done += piece.len;
    }
    memset(out + done, 0, len - done);
    if (op == STRING_BITOP_NOT) bits_not(out, len);
}

static void combine_block(enum string_bitop op, struct source *source, u8 *out, u64 len) {
    u64 done = 0;
    for (struct bytes piece = take(source, len); piece.len > 0; piece = take(source, len - done)) {
        combine_piece(op, out + done, piece);
        done += piece.len;
    }
    if (op == STRING_BITOP_AND) memset(out + done, 0, len - done);
}

/* The next `len` bytes of all the window's sources go into `out`. */
static void work_in(struct window *window, u8 *out, u64 len) {
    u32 i = 0;
    if (window->first) begin_block(window->op, &window->sources[i++], out, len);
    for (; i < window->count; i++)
        combine_block(window->op, &window->sources[i], out, len);
}

static void open_window(struct store *store, const struct string_bitop_call *call, u32 begin,
                        struct window *window) {
    window->op = call->op;
    window->first = begin == 0;
    window->count = u32_min(call->count - begin, WINDOW);
    for (u32 i = 0; i < window->count; i++) {
        struct bytes key = call->sources[begin + i];
        struct source *source = &window->sources[i];
        struct item item;
        source->piece = bytes_of(NULL, 0);
        source->cursor = (struct value_cursor){.pages = &store->pages, .heap = &store->heap};
        if (!store_find(store, call->database, key, store_hash(store, call->database, key), &item))
            continue;
        kv_assert(item.type == ITEM_STRING);
        string_open(store, &item, source->digits, &source->cursor);
    }
}

/* Builds the whole pages into *chain and the rest into `tail`. */
static void compute(struct store *store, const struct string_bitop_call *call,
                    struct value_chain *chain, u8 *tail, u64 tail_len) {
    u32 pages = (u32)(call->length / PAGE_BYTES);
    struct window window;
    struct value_appender appender;
    value_appender_init(&appender, &store->pages, chain);
    for (u32 begin = 0; begin < call->count; begin += WINDOW) {
        open_window(store, call, begin, &window);
        u32 page = chain->first;
        for (u32 i = 0; i < pages; i++) {
            if (window.first) {
                work_in(&window, value_append(&appender), PAGE_BYTES);
            } else {
                work_in(&window, pages_data(&store->pages, page), PAGE_BYTES);
                page = store->pages.info[page].next;
            }
        }
        work_in(&window, tail, tail_len);
    }
}

/* Puts the result in the place of what the key holds. */
static void put_result(struct store *store, const struct string_bitop_call *call, bool exists,
                       struct item *item, struct value_chain chain, struct bytes tail) {
    if (!exists) {
        *item = (struct item){
            .type = ITEM_STRING, .encoding = ENCODING_RAW, .modified = true, .chain = chain};
        store_create(store, call->database, call->key, call->hash, item, &tail, 1);
        return;
    }
    store_free_content(store, item);
    item->type = ITEM_STRING;
    item->encoding = ENCODING_RAW;
    item->modified = true;
    item->expires_ms = 0;
    item->chain = chain;
    store_rewrite(store, item, &tail, 1);
}

enum store_result string_bitop(struct store *store, const struct string_bitop_call *call) {
    kv_assert(call->length > 0 && call->length <= store->limits.val_size_max);
    struct item item;
    u64 tail_len = call->length % PAGE_BYTES;
    struct store_need need = {.pages = (u32)(call->length / PAGE_BYTES)};
    need.keys = !store_find(store, call->database, call->key, call->hash, &item);
    store_need_item(store, &need, call->key.len, tail_len);
    bool reserved = store_reserve(store, &need);
    if (reserved) {
        /* Nothing in the heap moves from here on before the result is put. */
        bool exists = store_find(store, call->database, call->key, call->hash, &item);
        struct value_chain chain = {0};
        compute(store, call, &chain, store->scratch, tail_len);
        put_result(store, call, exists, &item, chain, bytes_of(store->scratch, tail_len));
    }
    store_release(store);
    return reserved ? STORE_OK : STORE_FULL;
}
