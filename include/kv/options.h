/* options.h: the configuration, from a file and the command line, checked against options.def.
 *
 * Plain values; no memory is allocated. Errors name the file, the line, the option, the value and
 * what is allowed.
 */
#ifndef KV_OPTIONS_H
#define KV_OPTIONS_H

#include <stdio.h>

#include "kv/bytes.h"

#define OPTION_TEXT_MAX 512
#define OPTIONS_ERROR_MAX 512
#define OPTIONS_INCLUDE_DEPTH_MAX 8
#define OPTION_DATABASES 16
/* Room in the set of options that were given; checked against the table. */
#define OPTIONS_MAX 128

enum capacity { CAPACITY_GUARANTEED, CAPACITY_SHARED };
enum io_backend { IO_BACKEND_AUTO, IO_BACKEND_IO_URING, IO_BACKEND_EPOLL };
enum seccomp { SECCOMP_YES, SECCOMP_LOG, SECCOMP_NO };
enum maxmemory_policy {
    POLICY_VOLATILE_LRU,
    POLICY_VOLATILE_LFU,
    POLICY_VOLATILE_RANDOM,
    POLICY_VOLATILE_TTL, /* the volatile ones come first */
    POLICY_ALLKEYS_LRU,
    POLICY_ALLKEYS_LFU,
    POLICY_ALLKEYS_RANDOM,
    POLICY_NOEVICTION
};
enum debug_command { DEBUG_COMMAND_NO, DEBUG_COMMAND_YES, DEBUG_COMMAND_LOCAL };

enum option_type { OPTION_BOOL, OPTION_INT, OPTION_SIZE, OPTION_TEXT, OPTION_ENUM, OPTION_FIXED };
enum option_when { OPTION_START, OPTION_RUNTIME };

struct options {
#define BOOL(name, field, value, when, help) bool field;
#define INT(name, field, value, min, max, unit, when, help) u64 field;
#define SIZE(name, field, value, min, max, when, help) u64 field;
#define TEXT(name, field, value, when, help) char field[OPTION_TEXT_MAX];
#define ENUM(name, field, value, words, when, help) u32 field;
#define ALIAS(name, target)
#define FIXED(name, value, help)
#define SECTION(title)
#include "kv/tbl/options.def"
#undef BOOL
#undef INT
#undef SIZE
#undef TEXT
#undef ENUM
#undef ALIAS
#undef FIXED
#undef SECTION
    u64 given[OPTIONS_MAX / 64];       /* a bit for each option that was set, not defaulted */
    char config_file[OPTION_TEXT_MAX]; /* the file that the command line named; empty: none */
};

/* One row of the table, for whoever prints or walks it. */
struct option_info {
    const char *name;
    enum option_type type;
    enum option_when when;
    u64 default_number;       /* BOOL, INT, SIZE, ENUM */
    const char *default_text; /* TEXT, FIXED */
    u64 min, max;             /* INT (the bits of an i64), SIZE */
    const char *unit;         /* INT */
    const char *words;        /* ENUM: "a|b|c" */
    const char *help;
    size_t offset; /* of the field in struct options */
};

struct options_error {
    char text[OPTIONS_ERROR_MAX];
};

void options_default(struct options *options);
u32 option_count(void);
const struct option_info *option_at(u32 i);
/* Word i of an ENUM; empty when it has fewer. */
struct bytes option_word(const struct option_info *info, u32 i);
/* By name or alias, case-insensitive; NULL when there is none. */
const struct option_info *option_find(struct bytes name);
/* The heading that option i begins, NULL when it continues one. */
const char *option_section(u32 i);
/* Walks the aliases: name and target of alias i, false past the end. */
bool option_alias_at(u32 i, const char **name, const char **target);

/* Sets one option from text, whether or not it may change at run time: that is the caller's to ask.
 * A FIXED one takes only the value that it has. Returns false, and changes nothing, with
 * "port: '99999' is not allowed: 0 to 65535". */
bool option_set(struct options *options, const struct option_info *info, struct bytes value,
                struct options_error *error);
/* The same by name or alias; an unknown name is an error that names the nearest one. */
bool option_set_named(struct options *options, struct bytes name, struct bytes value,
                      struct options_error *error);
/* The value as CONFIG GET shows it (sizes in bytes), zero-terminated; returns its length. */
u32 option_get(const struct options *options, const struct option_info *info,
               char out[OPTION_TEXT_MAX]);

/* Whether option_set took a value for it, from the file, the command line or a client, be it the
 * default; a default that nobody asked for may give way where a given value may not. `name` is an
 * option's name or alias: anything else is a bug and aborts. */
bool options_is_given(const struct options *options, const char *name);
/* Says so of an option whose field the caller has written itself. */
void options_mark_given(struct options *options, const char *name, bool given);

/* Reads a file of `name value` lines. A line that begins with # is a comment. A value may be
 * quoted:
 * "..." with the escapes \n \r \t \a \b \" \\ \xHH, or '...' with \' alone; several words are a
 * text with single spaces. `include PATH` reads another file at that point; the path is relative to
 * the including file. Of an option given twice, the later one counts. Returns false at the first
 * error, which begins with "PATH:LINE: "; what was read until then is set. */
bool options_load_file(struct options *options, const char *path, struct options_error *error);

/* What the command line asked for besides options. */
enum options_action {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_CHECK,
    OPTIONS_BUDGET,
    OPTIONS_BUDGET_JSON,
    OPTIONS_SAMPLE,         /* options_print_sample */
    OPTIONS_MANUAL_PROGRAM, /* options_print_manual_program */
    OPTIONS_MANUAL_FILE     /* options_print_manual_file */
};

/* One row of flags.def. */
struct option_flag {
    const char *text;       /* "--help" */
    const char *short_text; /* "-h" or NULL */
    enum options_action action;
    const char *help;
};

/* NULL past the end. */
const struct option_flag *option_flag_at(u32 i);

/* kv [FILE] [--name value | --name=value]...  The file is read first, wherever it stands, then the
 * options in their order. Errors name the argument. */
bool options_parse_arguments(struct options *options, int argc, char **argv,
                             enum options_action *action, struct options_error *error);

/* What single values cannot say: memory and store-memory both 0, a request-size-max that cannot
 * hold one value, and the like. The error names the options. */
bool options_check(const struct options *options, struct options_error *error);

/* The part of it that concerns options which may change at run time. */
bool options_check_runtime(const struct options *options, struct options_error *error);

/* The sample kv.conf: every option, its help, range and default, all commented out. */
void options_print_sample(FILE *out);
void options_print_help(FILE *out);

/* The manual pages kv(1) and kv.conf(5), in mdoc. */
void options_print_manual_program(FILE *out);
void options_print_manual_file(FILE *out);

#endif
