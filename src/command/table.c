#include <string.h>

#include "kv/assert.h"
#include "kv/call.h"
#include "kv/number.h"
#include "kv/prng.h"

#define FLAG(id) COMMAND_FLAG(id)
#define CAT(id) COMMAND_CATEGORY(id)
#define KEY(id) COMMAND_KEY_FLAG(id)
#define NO_KEYS .key_first = 0
#define KEYS(first, last, step, flags)                                                             \
    KEY_SPECS(first, last, step,                                                                   \
              SPEC_RANGE(first, (last) < 0 ? (last) : (last) - (first), step, flags))
#define KEY_SPECS(first, last, step, ...)                                                          \
    .key_first = (first), .key_last = (last), .key_step = (step), .key_specs = {__VA_ARGS__}
#define SPEC_RANGE(index_, last_, step_, flags_)                                                   \
    {                                                                                              \
        .find = KEY_FIND_RANGE, .index = (index_), .last = (last_), .step = (step_),               \
        .flags = (flags_)                                                                          \
    }
#define SPEC_COUNTED(index_, flags_)                                                               \
    { .find = KEY_FIND_COUNTED, .index = (index_), .flags = (flags_) }
#define SPEC_KEYWORD(word, index_, flags_)                                                         \
    { .find = KEY_FIND_KEYWORD, .index = (index_), .keyword = (word), .flags = (flags_) }
#define SPEC_UNKNOWN(flags_)                                                                       \
    { .find = KEY_FIND_UNKNOWN, .flags = (flags_) }

#define FULL_NAME_NONE(name) name
#define FULL_NAME_CLIENT(name) "client|" name
#define FULL_NAME_COMMAND(name) "command|" name
#define FULL_NAME_CONFIG(name) "config|" name
#define FULL_NAME_LATENCY(name) "latency|" name
#define FULL_NAME_MEMORY(name) "memory|" name
#define FULL_NAME_OBJECT(name) "object|" name
#define FULL_NAME_SLOWLOG(name) "slowlog|" name

/* Entries that others are subcommands of: each says so of its parent, some of the same one. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const bool command_containers[COMMAND_COUNT + 1] = {
#define COMMAND(id, parent, ...) [COMMAND_ID_##parent] = true,
#include "kv/tbl/commands.def"
#undef COMMAND
};
#pragma GCC diagnostic pop

static const struct command command_table[COMMAND_COUNT] = {
#define COMMAND(id_, parent_, name_, handler_, arity_, flags_, categories_, keys_, group_, since_, \
                tips_, bound_, complexity_, summary_, syntax_)                                     \
    [COMMAND_ID_##id_] = {.name = name_,                                                           \
                          .full_name = FULL_NAME_##parent_(name_),                                 \
                          .handler = handler_,                                                     \
                          .arity = arity_,                                                         \
                          .flags = flags_,                                                         \
                          .categories = categories_,                                               \
                          keys_,                                                                   \
                          .id = COMMAND_ID_##id_,                                                  \
                          .parent = COMMAND_ID_##parent_,                                          \
                          .bound = BOUND_##bound_,                                                 \
                          .group = group_,                                                         \
                          .since = since_,                                                         \
                          .tips = tips_,                                                           \
                          .complexity = complexity_,                                               \
                          .summary = summary_,                                                     \
                          .syntax = syntax_},
#include "kv/tbl/commands.def"
#undef COMMAND
};

/* The hash's speed matters, its quality does not: the seed is searched until no two collide. */
static u32 lookup_slot(u64 seed, const u8 *folded, size_t len) {
    u64 first = 0;
    u64 last = 0;
    if (len >= 8) {
        memcpy(&first, folded, 8);
        memcpy(&last, folded + len - 8, 8);
    } else {
        memcpy(&first, folded, len);
    }
    u64 mixed = (first ^ (last * 0x9e3779b97f4a7c15u) ^ len) * seed;
    return (u32)(mixed >> 48) % COMMAND_LOOKUP_SLOTS;
}

/* Lower-cases ASCII letters only. */
static void fold(struct bytes name, u8 folded[COMMAND_NAME_MAX]) {
    for (size_t i = 0; i < name.len; i++) {
        u8 c = name.data[i];
        folded[i] = (u8)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
}

static bool try_seed(struct command_lookup *lookup, u64 seed) {
    lookup->seed = seed;
    for (u32 i = 0; i < COMMAND_LOOKUP_SLOTS; i++)
        lookup->slot[i] = COMMAND_ID_NONE;
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = &command_table[id];
        if (command->parent != COMMAND_ID_NONE) continue;
        u32 slot = lookup_slot(seed, (const u8 *)command->name, strlen(command->name));
        if (lookup->slot[slot] != COMMAND_ID_NONE) return false;
        lookup->slot[slot] = (u16)id;
        lookup->len[id] = (u8)strlen(command->name);
    }
    return true;
}

void command_lookup_init(struct command_lookup *lookup) {
    struct prng prng;
    prng_init(&prng, 1);
    /* A table this sparse has a collision-free seed within a few hundred tries. */
    for (u32 attempt = 0; attempt < 1000000; attempt++) {
        if (try_seed(lookup, prng_next(&prng) | 1)) return;
    }
    KV_FATAL("no seed separates the commands: COMMAND_LOOKUP_SLOTS is too small");
}

const struct command *command_at(u32 id) {
    kv_assert(id < COMMAND_COUNT);
    return &command_table[id];
}

const struct command *command_find(const struct command_lookup *lookup, struct bytes name) {
    if (name.len == 0 || name.len > COMMAND_NAME_MAX) return NULL;
    u8 folded[COMMAND_NAME_MAX];
    fold(name, folded);
    u16 id = lookup->slot[lookup_slot(lookup->seed, folded, name.len)];
    if (id == COMMAND_ID_NONE) return NULL;
    const struct command *command = &command_table[id];
    bool same = lookup->len[id] == name.len && memcmp(command->name, folded, name.len) == 0;
    return same ? command : NULL;
}

const struct command *command_find_child(const struct command *parent, struct bytes name) {
    for (u32 id = parent->id + 1u; id < COMMAND_COUNT; id++) {
        const struct command *command = &command_table[id];
        if (command->parent != parent->id) break;
        if (bytes_is_word(name, command->name)) return command;
    }
    return NULL;
}

const struct command *command_find_full(const struct command_lookup *lookup, struct bytes name) {
    const u8 *bar = memchr(name.data, '|', name.len);
    if (bar == NULL) return command_find(lookup, name);
    size_t len = (size_t)(bar - name.data);
    const struct command *parent = command_find(lookup, bytes_of(name.data, len));
    if (parent == NULL || !command_is_container(parent)) return NULL;
    return command_find_child(parent, bytes_of(bar + 1, name.len - len - 1));
}

/* -- keys -- */

/* What atoi makes of a text: the number that it begins with, cut to an int. So Redis reads a count
 * of keys where it only looks for them; the command itself is stricter. */
static i32 leading_int(struct bytes text) {
    size_t i = 0;
    while (i < text.len && (text.data[i] == ' ' || (text.data[i] >= '\t' && text.data[i] <= '\r')))
        i++;
    bool negative = i < text.len && text.data[i] == '-';
    if (i < text.len && (text.data[i] == '-' || text.data[i] == '+')) i++;
    i64 value = 0;
    for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
        i64 digit = negative ? -(text.data[i] - '0') : text.data[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            value = negative ? INT64_MIN : INT64_MAX;
            break;
        }
    }
    return (i32)(u32)(u64)value;
}

/* Keys that an argument says how many they are, all of them there. */
static u32 counted_keys(const struct key_walk *walk, u32 index) {
    if (index >= walk->argc) return 0;
    i32 count = leading_int(walk->argv[index]);
    return count < 0 || (u32)count > walk->argc - index - 1 ? 0 : (u32)count;
}

static u32 range_keys(const struct key_walk *walk, const struct key_spec *spec) {
    if (spec->index >= walk->argc) return 0;
    u32 end =
        spec->last < 0 ? walk->argc + 1 - (u32)-spec->last : spec->index + 1u + (u32)spec->last;
    end = u32_min(end, walk->argc);
    return end <= spec->index ? 0 : (end - spec->index + spec->step - 1) / spec->step;
}

/* Of SORT's options that have some: these are no keywords, whatever they say. */
static u32 arguments_of_option(struct bytes word) {
    if (bytes_is_word(word, "LIMIT")) return 2;
    return bytes_is_word(word, "GET") || bytes_is_word(word, "BY") ? 1 : 0;
}

static void enter_spec(struct key_walk *walk, const struct key_spec *spec) {
    walk->entered = true;
    walk->left = 0;
    switch (spec->find) {
    case KEY_FIND_RANGE:
        walk->index = spec->index;
        walk->left = range_keys(walk, spec);
        return;
    case KEY_FIND_COUNTED:
        walk->index = spec->index + 1u;
        walk->left = counted_keys(walk, spec->index);
        return;
    case KEY_FIND_KEYWORD:
        /* The last one counts, as it does when the command is executed. */
        for (u32 i = spec->index; i + 1 < walk->argc; i++) {
            u32 skipped = arguments_of_option(walk->argv[i]);
            i += skipped;
            if (skipped > 0 || !bytes_is_word(walk->argv[i], spec->keyword)) continue;
            walk->index = i + 1;
            walk->left = 1;
        }
        return;
    default:
        return;
    }
}

u32 key_walk_next(struct key_walk *walk) {
    while (walk->spec < KEY_SPECS_MAX) {
        const struct key_spec *spec = &walk->command->key_specs[walk->spec];
        if (spec->find == KEY_FIND_NONE) return 0;
        if (!walk->entered) enter_spec(walk, spec);
        if (walk->left > 0) {
            u32 index = walk->index;
            walk->left--;
            walk->index += spec->find == KEY_FIND_RANGE ? spec->step : 1;
            return index;
        }
        walk->spec++;
        walk->entered = false;
    }
    return 0;
}

u32 command_first_key(const struct command *command, const struct bytes *argv, u32 argc) {
    const struct key_spec *first = &command->key_specs[0];
    /* But for a range that ends before the last argument, as BLPOP's does. */
    if (KV_LIKELY(first->find == KEY_FIND_RANGE && first->last >= -1)) {
        u32 index = first->index;
        return index < argc ? index : 0;
    }
    struct key_walk walk;
    key_walk_begin(&walk, command, argv, argc);
    return key_walk_next(&walk);
}
