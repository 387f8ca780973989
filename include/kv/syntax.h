/* syntax.h: the arguments of a command as a tree, read from the syntax column of
 * tbl/commands.def. COMMAND DOCS and HELP both come from that one column.
 *
 * Words are separated by spaces. In the notation
 *     name            is a string, except that `key` is a key
 *     name:type       is of that type: one of SYNTAX_TYPES up to pure-token, which names the token
 *                     before it and reads as that alone
 *     name:(a b)      is a block: its arguments follow each other
 *     name:(a | b)    is one of its arguments
 *     TOKEN           in upper case stands before the argument that follows it, or alone
 *     [a]             is optional; a is one argument, with its token
 *     a...            is one or more times; [TOKEN a]... repeats the token each time
 * The last colon of a word begins the type, so that a name with a colon always has its type.
 */
#ifndef KV_SYNTAX_H
#define KV_SYNTAX_H

#include "kv/bytes.h"
#include "kv/text.h"

/* Arguments of one command, groups included, with one more for all of them. */
#define SYNTAX_NODES_MAX 64
/* Parentheses and brackets open at once, with one more around all. */
#define SYNTAX_DEPTH_MAX 12

/* The texts are those of Redis's COMMAND DOCS. */
#define SYNTAX_TYPES(X)                                                                            \
    X(STRING, "string")                                                                            \
    X(INTEGER, "integer")                                                                          \
    X(DOUBLE, "double")                                                                            \
    X(KEY, "key")                                                                                  \
    X(PATTERN, "pattern")                                                                          \
    X(UNIX_TIME, "unix-time")                                                                      \
    X(PURE_TOKEN, "pure-token")                                                                    \
    X(ONEOF, "oneof")                                                                              \
    X(BLOCK, "block")

#define SYNTAX_FLAGS(X)                                                                            \
    X(OPTIONAL, "optional")                                                                        \
    X(MULTIPLE, "multiple")                                                                        \
    X(MULTIPLE_TOKEN, "multiple_token")

#define SYNTAX_ENUM_TYPE(id, text) SYNTAX_##id,
#define SYNTAX_ENUM_FLAG(id, text) SYNTAX_FLAG_BIT_##id,
enum syntax_type { SYNTAX_TYPES(SYNTAX_ENUM_TYPE) SYNTAX_TYPE_COUNT };
enum syntax_flag_bit { SYNTAX_FLAGS(SYNTAX_ENUM_FLAG) SYNTAX_FLAG_BITS };
#undef SYNTAX_ENUM_TYPE
#undef SYNTAX_ENUM_FLAG

#define SYNTAX_FLAG(id) (1u << SYNTAX_FLAG_BIT_##id)

struct syntax_node {
    struct bytes name;  /* of a pure token: the token, which Redis names in lower case */
    struct bytes token; /* empty: none */
    u8 type;
    u8 flags;
    u8 children;
};

/* The nodes in the order in which they are written, each before its children. Node 0 is a block
 * without a name that holds all arguments. Borrows from the text that was parsed. */
struct syntax {
    struct syntax_node node[SYNTAX_NODES_MAX];
    u32 count;
};

/* False when the text does not follow the notation or has more nodes or depth than the limits. */
bool syntax_parse(const char *text, struct syntax *syntax);
/* Appends the syntax as people read it: without types and the names of groups, and with
 * parentheses only where they are needed. */
void syntax_print(const struct syntax *syntax, struct text *text);

const char *syntax_type_name(enum syntax_type type);

#endif
