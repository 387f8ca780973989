/* The command line, and the two texts that are made from the table. */
#include <stdlib.h>

#include "kv/options.h"

#include "../unit.h"

static struct options options;
static struct options_error error;
static enum options_action action;
static char config[] = "/tmp/kv-arguments-XXXXXX";

static int make_config(void **state) {
    (void)state;
    static const char text[] = "port 7000\nkey-count 5\n";
    int fd = mkstemp(config);
    if (fd < 0) return 1;
    const bool written = write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1;
    return close(fd) != 0 || !written;
}

static int remove_config(void **state) {
    (void)state;
    return unlink(config);
}

/* Parses "kv" and the words up to NULL. */
static bool parse(const char *first, ...) {
    char *argv[16] = {(char *)(uintptr_t) "kv"};
    int argc = 1;
    va_list words;
    va_start(words, first);
    for (const char *word = first; word != NULL; word = va_arg(words, const char *))
        argv[argc++] = (char *)(uintptr_t)word;
    va_end(words);
    options_default(&options);
    return options_parse_arguments(&options, argc, argv, &action, &error);
}

static void no_arguments(void **state) {
    (void)state;
    struct options defaults;
    options_default(&defaults);
    assert_true(parse(NULL));
    assert_int_equal(action, OPTIONS_RUN);
    assert_memory_equal(&options, &defaults, sizeof(options));
}

static void both_forms_of_an_option(void **state) {
    (void)state;
    assert_true(parse("--port", "7001", "--key-count=6", "--maxclients", "9", "--BIND=a b",
                      "--requirepass=x=y", "--logfile=", NULL));
    assert_int_equal(action, OPTIONS_RUN);
    assert_int_equal(options.port, 7001);
    assert_int_equal(options.key_count, 6);
    assert_int_equal(options.connections_max, 9);
    assert_string_equal(options.bind, "a b");
    assert_string_equal(options.requirepass, "x=y");
    assert_string_equal(options.logfile, "");
    assert_true(parse("--requirepass", "--secret", "--logfile", "", NULL));
    assert_string_equal(options.requirepass, "--secret");
    assert_true(parse("--port", "1", "--port", "2", NULL));
    assert_int_equal(options.port, 2);
}

static void the_command_line_counts_more_than_the_file(void **state) {
    (void)state;
    assert_true(parse(config, "--port", "7001", NULL));
    assert_int_equal(options.port, 7001);
    assert_int_equal(options.key_count, 5);
    assert_string_equal(options.config_file, config);
    /* Wherever the file stands. */
    assert_true(parse("--port", "7001", "--check-config", config, NULL));
    assert_int_equal(options.port, 7001);
    assert_int_equal(options.key_count, 5);
    assert_int_equal(action, OPTIONS_CHECK);
}

static void flags(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum options_action action;
    } expected[] = {
        {"--help", OPTIONS_HELP},
        {"-h", OPTIONS_HELP},
        {"--version", OPTIONS_VERSION},
        {"-v", OPTIONS_VERSION},
        {"--check-config", OPTIONS_CHECK},
        {"--budget", OPTIONS_BUDGET},
        {"--budget=json", OPTIONS_BUDGET_JSON},
        {"--sample-config", OPTIONS_SAMPLE},
        {"--manual=kv", OPTIONS_MANUAL_PROGRAM},
        {"--manual=kv.conf", OPTIONS_MANUAL_FILE},
    };
    for (size_t i = 0; i < KV_ARRAY_LENGTH(expected); i++) {
        assert_true(parse(expected[i].text, NULL));
        assert_int_equal(action, expected[i].action);
        assert_true(parse("--port", "5", expected[i].text, "--key-count", "6", NULL));
        assert_int_equal(action, expected[i].action);
        assert_int_equal(options.port, 5);
        assert_int_equal(options.key_count, 6);
    }
}

#define ASSERT_REFUSED(message, ...)                                                               \
    do {                                                                                           \
        assert_false(parse(__VA_ARGS__, NULL));                                                    \
        assert_string_equal(error.text, message);                                                  \
    } while (0)

static void what_is_wrong(void **state) {
    (void)state;
    ASSERT_REFUSED("port: '99999' is not allowed: 0 to 65535", "--port", "99999");
    ASSERT_REFUSED("port: '' is not allowed: 0 to 65535", "--port=");
    ASSERT_REFUSED("port: '--bind' is not allowed: 0 to 65535", "--port", "--bind");
    ASSERT_REFUSED("--port: its value is missing", "--key-count", "4", "--port");
    ASSERT_REFUSED("prot: there is no such option; did you mean port?", "--prot", "5");
    ASSERT_REFUSED("prot: there is no such option; did you mean port?", "--prot=5");
    ASSERT_REFUSED("prot: there is no such option; did you mean port?", "--prot");
    ASSERT_REFUSED("budgets: there is no such option", "--budgets");
    ASSERT_REFUSED("--budget=xml: the budget comes as a table (--budget) or as --budget=json",
                   "--budget=xml");
    ASSERT_REFUSED("--manual=7: the manual pages are --manual=kv and --manual=kv.conf",
                   "--manual=7");
    ASSERT_REFUSED("--manual: the manual pages are --manual=kv and --manual=kv.conf", "--manual");
    ASSERT_REFUSED("manuals: there is no such option", "--manuals");
    ASSERT_REFUSED("-p: an option is --name value; --help lists them", "-p", "5");
    ASSERT_REFUSED("--: an option is --name value; --help lists them", "--");
    ASSERT_REFUSED("b.conf: there is a configuration file already", config, "b.conf");
    ASSERT_REFUSED("'': the file's name is empty", "");
    ASSERT_REFUSED("/nowhere/kv.conf: cannot read the configuration: No such file or directory",
                   "/nowhere/kv.conf");
}

static void a_path_has_a_length(void **state) {
    (void)state;
    char path[OPTION_TEXT_MAX + 1];
    memset(path, 'x', sizeof(path));
    path[OPTION_TEXT_MAX] = '\0';
    assert_false(parse(path, NULL));
    assert_non_null(strstr(error.text, "...: the path is too long"));
}

/* -- the texts -- */

static char *print(void (*printer)(FILE *), size_t *len) {
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    assert_non_null(out);
    printer(out);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* With the option lines uncommented, the sample is a configuration that says every default. */
static void the_sample_says_the_defaults(void **state) {
    (void)state;
    size_t len = 0;
    char *sample = print(options_print_sample, &len);
    char path[] = "/tmp/kv-sample-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    u32 uncommented = 0;
    for (char *line = strtok(sample, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        assert_int_equal(line[0], '#');
        assert_true(strlen(line) <= 90);
        if (line[1] == ' ' || line[1] == '\0') continue;
        fprintf(file, "%s\n", line + 1);
        uncommented++;
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(uncommented, option_count());

    struct options defaults;
    options_default(&defaults);
    memset(&options, 0xee, sizeof(options));
    memset(options.given, 0, sizeof(options.given));
    const bool loaded = options_load_file(&options, path, &error);
    unlink(path);
    free(sample);
    assert_true(loaded);
    for (u32 i = 0; i < option_count(); i++) {
        char expected[OPTION_TEXT_MAX], got[OPTION_TEXT_MAX];
        option_get(&defaults, option_at(i), expected);
        option_get(&options, option_at(i), got);
        assert_string_equal(got, expected);
        assert_true(options_is_given(&options, option_at(i)->name));
        assert_false(options_is_given(&defaults, option_at(i)->name));
    }
}

static void the_texts_name_every_option(void **state) {
    (void)state;
    size_t len = 0;
    char *sample = print(options_print_sample, &len);
    char *help = print(options_print_help, &len);
    char line[128];
    for (u32 i = 0; i < option_count(); i++) {
        const struct option_info *info = option_at(i);
        snprintf(line, sizeof(line), "\n#%s ", info->name);
        assert_non_null(strstr(sample, line));
        snprintf(line, sizeof(line), "\n  --%s ", info->name);
        if (info->type == OPTION_FIXED)
            assert_null(strstr(help, line));
        else
            assert_non_null(strstr(help, line));
    }
    assert_non_null(strstr(help, "Also called maxclients."));
    assert_non_null(strstr(help, "0 to 65535; fixed at the start."));
    assert_non_null(strstr(help, "yes or no; CONFIG SET may change it."));
    free(sample);
    free(help);
}

/* Every flag of the table is parsed, and in --help and the manual page. */
static void the_texts_name_every_flag(void **state) {
    (void)state;
    size_t len = 0;
    char *help = print(options_print_help, &len);
    char *manual = print(options_print_manual_program, &len);
    const struct option_flag *flag = NULL;
    u32 count = 0;
    for (; (flag = option_flag_at(count)) != NULL; count++) {
        assert_true(parse(flag->text, NULL));
        assert_int_equal(action, flag->action);
        assert_non_null(strstr(help, flag->text));
        assert_non_null(strstr(help, flag->help));
        if (flag->short_text != NULL) {
            assert_true(parse(flag->short_text, NULL));
            assert_int_equal(action, flag->action);
            assert_non_null(strstr(help, flag->short_text));
        }
        /* The first word is enough here: mandoc reads the page in tests/clients/manual.py. */
        char first[64];
        snprintf(first, sizeof(first), "\n%.*s ", (int)strcspn(flag->help, " "), flag->help);
        assert_non_null(strstr(manual, first));
    }
    assert_true(count >= 8);
    free(help);
    free(manual);
}

/* What is not a request or a comment begins with neither a dot nor a quote, and no byte is left
 * that roff takes for something else. */
static void the_manual_is_escaped(void **state) {
    (void)state;
    void (*const printers[])(FILE *) = {options_print_manual_program, options_print_manual_file};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(printers); i++) {
        size_t len = 0;
        char *manual = print(printers[i], &len);
        for (char *line = strtok(manual, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            assert_true(strlen(line) <= 80);
            if (strncmp(line, ".\\\"", 3) == 0) continue;
            if (line[0] == '.') {
                /* .Sh, .Bl and the like, never three dots of a text. */
                assert_true(line[1] >= 'A' && line[1] <= 'Z' && line[2] >= 'a' && line[2] <= 'z');
                continue;
            }
            assert_null(strpbrk(line, "\"'`^~"));
            for (const char *at = line; (at = strchr(at, '\\')) != NULL; at += 2)
                assert_non_null(strchr("e-(&", at[1]));
        }
        free(manual);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_arguments),
        cmocka_unit_test(both_forms_of_an_option),
        cmocka_unit_test(the_command_line_counts_more_than_the_file),
        cmocka_unit_test(flags),
        cmocka_unit_test(what_is_wrong),
        cmocka_unit_test(a_path_has_a_length),
        cmocka_unit_test(the_sample_says_the_defaults),
        cmocka_unit_test(the_texts_name_every_option),
        cmocka_unit_test(the_texts_name_every_flag),
        cmocka_unit_test(the_manual_is_escaped),
    };
    return cmocka_run_group_tests(tests, make_config, remove_config);
}
