#include <string.h>

#include "kv/assert.h"
#include "kv/call.h"
#include "kv/prng.h"

#define FLAG(id) COMMAND_FLAG(id)
#define CAT(id) COMMAND_CATEGORY(id)
#define KEY(id) COMMAND_KEY_FLAG(id)
#define NO_KEYS .key_first = 0
#define KEYS(first, last, step, flags_)                                                            \
    .key_first = (first), .key_last = (last), .key_step = (step), .key_flags = (flags_)

#define FULL_NAME_NONE(name) name
#define FULL_NAME_CLIENT(name) "client|" name
#define FULL_NAME_COMMAND(name) "command|" name
#define FULL_NAME_CONFIG(name) "config|" name

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
                          .has_subcommands = COMMAND_ID_##id_ == COMMAND_ID_CLIENT ||              \
                                             COMMAND_ID_##id_ == COMMAND_ID_COMMAND ||             \
                                             COMMAND_ID_##id_ == COMMAND_ID_CONFIG,                \
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
    if (parent == NULL || !parent->has_subcommands) return NULL;
    return command_find_child(parent, bytes_of(bar + 1, name.len - len - 1));
}
