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
    X(BLOCKING, "blocking")                                                                        \
    X(LOADING, "loading")                                                                          \
    X(STALE, "stale")                                                                              \
    X(SKIP_MONITOR, "skip_monitor")                                                                \
    X(SKIP_SLOWLOG, "skip_slowlog")                                                                \
    X(FAST, "fast")                                                                                \
    X(NO_AUTH, "no_auth")                                                                          \
    X(NO_ASYNC_LOADING, "no_async_loading")                                                        \
    X(NO_MULTI, "no_multi")                                                                        \
    X(MOVABLEKEYS, "movablekeys")                                                                  \
    X(ALLOW_BUSY, "allow_busy")

#define COMMAND_CATEGORIES(X)                                                                      \
    X(KEYSPACE, "keyspace")                                                                        \
    X(READ, "read")                                                                                \
    X(WRITE, "write")                                                                              \
    X(SET, "set")                                                                                  \
    X(SORTEDSET, "sortedset")                                                                      \
    X(LIST, "list")                                                                                \
    X(STRING, "string")                                                                            \
    X(BITMAP, "bitmap")                                                                            \
    X(ADMIN, "admin")                                                                              \
    X(FAST, "fast")                                                                                \
    X(SLOW, "slow")                                                                                \
    X(BLOCKING, "blocking")                                                                        \
    X(DANGEROUS, "dangerous")                                                                      \
    X(CONNECTION, "connection")                                                                    \
    X(TRANSACTION, "transaction")

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

/* How long a reply can be: see tbl/commands.def. */
enum command_bound {
    BOUND_LINE,
    BOUND_SMALL,
    BOUND_ARGUMENTS,
    BOUND_VALUE,
    BOUND_VALUE_IF_GET,
    BOUND_ELEMENTS,
    BOUND_KEYS_BOUND,
    BOUND_TEXT
};

enum command_id {
#define COMMAND(id, ...) COMMAND_ID_##id,
#include "kv/tbl/commands.def"
#undef COMMAND
    COMMAND_COUNT,
    COMMAND_ID_NONE = COMMAND_COUNT
};

enum key_find {
    KEY_FIND_NONE,
    KEY_FIND_RANGE,
    KEY_FIND_COUNTED,
    KEY_FIND_KEYWORD,
    KEY_FIND_UNKNOWN
};

/* Where some of a command's keys are among its arguments: see tbl/commands.def. */
struct key_spec {
    u8 find;
    u8 index;
    i32 last;            /* RANGE: counted from index, or from the end when negative */
    u8 step;             /* RANGE */
    const char *keyword; /* KEYWORD */
    u32 flags;
};

#define KEY_SPECS_MAX 3

struct command {
    const char *name;      /* of a subcommand: its own word */
    const char *full_name; /* "client|id" */
    command_handler *handler;
    i32 arity;
    u32 flags;
    u32 categories;
    i32 key_first; /* the range that COMMAND INFO shows; 0: no keys at fixed places */
    i32 key_last;
    i32 key_step;
    struct key_spec key_specs[KEY_SPECS_MAX];
    u16 id;
    u16 parent;
    u8 bound;
    const char *group;
    const char *since;
    const char *tips;
    const char *complexity;
    const char *summary;
    const char *syntax;
};

#define COMMAND_NAME_MAX 24
#define COMMAND_LOOKUP_SLOTS 2048 /* a power of two, many times the number of commands */

/* Name to command without a comparison too many: an open table over a hash of length and
 * case-folded bytes, whose seed is chosen at the start so that no two commands collide. */
struct command_lookup {
    u64 seed;
    u16 slot[COMMAND_LOOKUP_SLOTS]; /* command id, or COMMAND_ID_NONE */
    u8 len[COMMAND_COUNT];          /* of its name */
};

void command_lookup_init(struct command_lookup *lookup);
const struct command *command_at(u32 id);
extern const bool command_containers[COMMAND_COUNT + 1];
/* Whether other entries are its subcommands. */
static inline bool command_is_container(const struct command *command) {
    return command_containers[command->id];
}
/* A top-level command by name, in any case; NULL when there is none. */
const struct command *command_find(const struct command_lookup *lookup, struct bytes name);
/* A subcommand by name, in any case; NULL when there is none. */
const struct command *command_find_child(const struct command *parent, struct bytes name);
/* By full name ("get", "client|id"); NULL when there is none. */
const struct command *command_find_full(const struct command_lookup *lookup, struct bytes name);

static inline bool command_arity_fits(const struct command *command, u32 argc) {
    return command->arity >= 0 ? argc == (u32)command->arity : argc >= (u32)-command->arity;
}

/* A walk over the keys of a call, in the order of the specifications. */
struct key_walk {
    const struct command *command;
    const struct bytes *argv;
    u32 argc;
    u32 spec;  /* entry of command->key_specs that the walk is in */
    u32 index; /* the next key */
    u32 left;  /* keys of this entry still to come */
    bool entered;
};

static inline void key_walk_begin(struct key_walk *walk, const struct command *command,
                                  const struct bytes *argv, u32 argc) {
    *walk = (struct key_walk){.command = command, .argv = argv, .argc = argc};
}
/* The index of the next key argument; 0 after the last. A count of keys that is no number, or more
 * than there are arguments, counts none. */
u32 key_walk_next(struct key_walk *walk);
/* The index of the first key of a call; 0 when it has none. */
u32 command_first_key(const struct command *command, const struct bytes *argv, u32 argc);

#endif
