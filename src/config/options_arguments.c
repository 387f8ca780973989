/* options_arguments.c: the command line. */
#include "kv/assert.h"
#include "kv/config_file.h"
#include "kv/options.h"

#include "options_internal.h"

/* One argument, taken apart. */
struct argument {
    const char *text; /* as given */
    struct bytes name;
    struct bytes value;
    bool is_flag;
    enum options_action action; /* of a flag */
    int words;                  /* of argv that it takes: 1 or 2 */
};

static const struct option_flag flags[] = {
#define FLAG(text_, short_, action_, help_)                                                        \
    {.text = text_, .short_text = short_, .action = action_, .help = help_},
#include "kv/tbl/flags.def"
#undef FLAG
};

const struct option_flag *option_flag_at(u32 i) {
    return i < KV_ARRAY_LENGTH(flags) ? &flags[i] : NULL;
}

static bool fail(struct options_error *error, const char *argument, const char *wrong) {
    struct text text;
    text_init(&text, error->text, sizeof(error->text));
    options_append_shown(&text, bytes_of_string(argument));
    text_printf(&text, ": %s", wrong);
    return false;
}

static bool find_flag(const char *text, enum options_action *action) {
    for (size_t i = 0; i < KV_ARRAY_LENGTH(flags); i++) {
        const char *other = flags[i].short_text;
        if (strcmp(text, flags[i].text) != 0 && (other == NULL || strcmp(text, other) != 0))
            continue;
        *action = flags[i].action;
        return true;
    }
    return false;
}

/* Takes apart argv[i], which begins with a minus. `next` is the argument after it, or NULL. */
static bool parse_argument(struct argument *argument, const char *text, const char *next,
                           struct options_error *error) {
    *argument = (struct argument){.text = text, .words = 1};
    argument->is_flag = find_flag(text, &argument->action);
    if (argument->is_flag) return true;
    if (strncmp(text, "--budget=", 9) == 0)
        return fail(error, text, "the budget comes as a table (--budget) or as --budget=json");
    if (strncmp(text, "--manual", 8) == 0 && (text[8] == '=' || text[8] == '\0'))
        return fail(error, text, "the manual pages are --manual=kv and --manual=kv.conf");
    if (strncmp(text, "--", 2) != 0 || text[2] == '\0')
        return fail(error, text, "an option is --name value; --help lists them");
    const char *name = text + 2;
    const size_t name_len = strcspn(name, "=");
    argument->name = bytes_of(name, name_len);
    if (name[name_len] == '=') {
        argument->value = bytes_of_string(name + name_len + 1);
        return true;
    }
    if (option_find(argument->name) == NULL) {
        /* Said first: that its value is missing would lead astray. */
        options_unknown(argument->name, error);
        return false;
    }
    if (next == NULL) return fail(error, text, "its value is missing");
    argument->value = bytes_of_string(next);
    argument->words = 2;
    return true;
}

/* Finds the file among the arguments, and whether all of them can be taken apart. */
static bool find_file(int argc, char **argv, const char **file, struct options_error *error) {
    *file = NULL;
    int i = 1;
    while (i < argc) {
        if (argv[i][0] != '-') {
            if (*file != NULL) return fail(error, argv[i], "there is a configuration file already");
            if (argv[i][0] == '\0') return fail(error, "''", "the file's name is empty");
            *file = argv[i++];
            continue;
        }
        struct argument argument;
        if (!parse_argument(&argument, argv[i], i + 1 < argc ? argv[i + 1] : NULL, error))
            return false;
        i += argument.words;
    }
    return true;
}

static bool load_file(struct options *options, const char *file, struct options_error *error) {
    const size_t len = strlen(file);
    if (len >= sizeof(options->config_file)) return fail(error, file, "the path is too long");
    if (!config_file_recover(file, error) || !options_load_file(options, file, error)) return false;
    memcpy(options->config_file, file, len + 1);
    return true;
}

bool options_parse_arguments(struct options *options, int argc, char **argv,
                             enum options_action *action, struct options_error *error) {
    const char *file = NULL;
    *action = OPTIONS_RUN;
    error->text[0] = '\0';
    if (!find_file(argc, argv, &file, error)) return false;
    if (file != NULL && !load_file(options, file, error)) return false;
    int i = 1;
    while (i < argc) {
        if (argv[i][0] != '-') {
            i++;
            continue;
        }
        struct argument argument;
        bool parsed = parse_argument(&argument, argv[i], i + 1 < argc ? argv[i + 1] : NULL, error);
        kv_assert(parsed); /* find_file took the same arguments apart */
        if (argument.is_flag) {
            *action = argument.action;
        } else if (!option_set_named(options, argument.name, argument.value, error)) {
            return false;
        }
        i += argument.words;
    }
    return true;
}
