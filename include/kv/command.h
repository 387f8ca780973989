/* command.h: the table of commands (tbl/commands.def) and the look-up by name.
 */
#ifndef KV_COMMAND_H
#define KV_COMMAND_H

#include "kv/bytes.h"

struct call;
typedef void command_handler(struct call *call);

/* In the order in which COMMAND INFO lists them. */
#define COMMAND_FLAGS(X)                                                                           \
    X(WRITE, "write")                                                                              \
    X(READONLY, "readonly")                                                                        \
    X(DENYOOM, "denyoom")                                                                          \
    X(ADMIN, "admin")                                                                              \
    X(NOSCRIPT, "noscript")                                                                        \
    X(LOADING, "loading")                                                                          \
    X(STALE, "stale")                                                                              \
    X(FAST, "fast")                                                                                \
    X(NO_AUTH, "no_auth")                                                                          \
    X(NO_MULTI, "no_multi")                                                                        \
    X(ALLOW_BUSY, "allow_busy")

#define COMMAND_CATEGORIES(X)                                                                      \
    X(KEYSPACE, "keyspace")                                                                        \
    X(READ, "read")                                                                                \
    X(WRITE, "write")                                                                              \
    X(LIST, "list")                                                                                \
    X(STRING, "string")                                                                            \
    X(ADMIN, "admin")                                                                              \
    X(FAST, "fast")                                                                                \
    X(SLOW, "slow")                                                                                \
    X(DANGEROUS, "dangerous")                                                                      \
    X(CONNECTION, "connection")

#define COMMAND_KEY_FLAGS(X)                                                                       \
    X(RO, "RO")                                                                                    \
    X(RW, "RW")                                                                                    \
    X(OW, "OW")                                                                                    \
    X(RM, "RM")                                                                                    \
    X(ACCESS, "access")                                                                            \
    X(UPDATE, "update")                                                                            \
    X(INSERT, "insert")                                                                            \
    X(DELETE, "delete")                                                                            \
    X(VARIABLE_FLAGS, "variable_flags")

#define COMMAND_ENUM_FLAG(id, text) COMMAND_FLAG_BIT_##id,
#define COMMAND_ENUM_CATEGORY(id, text) COMMAND_CATEGORY_BIT_##id,
#define COMMAND_ENUM_KEY_FLAG(id, text) COMMAND_KEY_FLAG_BIT_##id,
enum command_flag_bit { COMMAND_FLAGS(COMMAND_ENUM_FLAG) COMMAND_FLAG_BITS };
enum command_category_bit { COMMAND_CATEGORIES(COMMAND_ENUM_CATEGORY) COMMAND_CATEGORY_BITS };
enum command_key_flag_bit { COMMAND_KEY_FLAGS(COMMAND_ENUM_KEY_FLAG) COMMAND_KEY_FLAG_BITS };
#undef COMMAND_ENUM_FLAG
#undef COMMAND_ENUM_CATEGORY
#undef COMMAND_ENUM_KEY_FLAG

#define COMMAND_FLAG(id) (1u << COMMAND_FLAG_BIT_##id)
#define COMMAND_CATEGORY(id) (1u << COMMAND_CATEGORY_BIT_##id)
#define COMMAND_KEY_FLAG(id) (1u << COMMAND_KEY_FLAG_BIT_##id)

enum command_bound { BOUND_SMALL, BOUND_VALUE, BOUND_ELEMENTS, BOUND_KEYS_BOUND, BOUND_TEXT };

enum command_id {
#define COMMAND(id, ...) COMMAND_ID_##id,
#include "kv/tbl/commands.def"
#undef COMMAND
    COMMAND_COUNT,
    COMMAND_ID_NONE = COMMAND_COUNT
};

struct command {
    const char *name;         /* of a subcommand: its own word */
    const char *full_name;    /* "client|id" */
    command_handler *handler; /* NULL: only its subcommands can be called */
    i32 arity;
    u32 flags;
    u32 categories;
    i32 key_first; /* 0: no keys */
    i32 key_last;
    i32 key_step;
    u32 key_flags;
    u16 id;
    u16 parent;
    u8 bound;
    bool has_subcommands;
    const char *group;
    const char *since;
    const char *tips;
    const char *complexity;
    const char *summary;
    const char *syntax;
};

#define COMMAND_NAME_MAX 24
#define COMMAND_LOOKUP_SLOTS 256 /* a power of two, several times the number of commands */

/* Name to command without a comparison too many: an open table over a hash of length and
 * case-folded bytes, whose seed is chosen at the start so that no two commands collide. */
struct command_lookup {
    u64 seed;
    u16 slot[COMMAND_LOOKUP_SLOTS]; /* command id, or COMMAND_ID_NONE */
    u8 len[COMMAND_COUNT];          /* of its name */
};

void command_lookup_init(struct command_lookup *lookup);
const struct command *command_at(u32 id);
/* A top-level command by name, in any case; NULL when there is none. */
const struct command *command_find(const struct command_lookup *lookup, struct bytes name);
/* A subcommand by name, in any case; NULL when there is none. */
const struct command *command_find_child(const struct command *parent, struct bytes name);
/* By full name ("get", "client|id"); NULL when there is none. */
const struct command *command_find_full(const struct command_lookup *lookup, struct bytes name);

static inline bool command_arity_fits(const struct command *command, u32 argc) {
    return command->arity >= 0 ? argc == (u32)command->arity : argc >= (u32)-command->arity;
}
/* Index of the last key among argc arguments; less than key_first when there is none. */
static inline u32 command_last_key(const struct command *command, u32 argc) {
    return command->key_last >= 0 ? (u32)command->key_last : (u32)((i32)argc + command->key_last);
}

#endif
