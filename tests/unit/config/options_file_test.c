/* Configuration files: lines, quotes, includes, and where an error is said to be. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "kv/options.h"

#include "../unit.h"

static char folder[64];
static struct options options;
static struct options_error error;

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/kv-options-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static int setup(void **state) {
    (void)state;
    options_default(&options);
    memset(&error, 0, sizeof(error));
    return 0;
}

static const char *path_of(const char *name) {
    static char path[4][256];
    static u32 next;
    char *out = path[next++ % 4];
    snprintf(out, sizeof(path[0]), "%s/%s", folder, name);
    return out;
}

static void write_bytes(const char *name, const char *text, size_t len) {
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_file(const char *name, const char *text) {
    write_bytes(name, text, strlen(text));
}

static bool load(const char *name) {
    return options_load_file(&options, path_of(name), &error);
}

static void assert_loads(const char *text) {
    write_file("kv.conf", text);
    if (!load("kv.conf")) fail_msg("%s", error.text);
}

/* `message` follows the folder in the error. */
static void assert_error(const char *message) {
    char expected[OPTIONS_ERROR_MAX];
    snprintf(expected, sizeof(expected), "%s/%s", folder, message);
    assert_string_equal(error.text, expected);
}

static void assert_fails(const char *text, const char *message) {
    write_file("kv.conf", text);
    assert_false(load("kv.conf"));
    assert_error(message);
}

static u32 open_files(void) {
    u32 count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

static void names_and_values(void **state) {
    (void)state;
    assert_loads("port 7000\n"
                 "\n"
                 "# port 7001\n"
                 "   \t#port 7002\n"
                 "\t key-count \t 5 \r\n"
                 "MAXCLIENTS 17\n"
                 "val-size-max 4kb");
    assert_int_equal(options.port, 7000);
    assert_int_equal(options.key_count, 5);
    assert_int_equal(options.connections_max, 17);
    assert_int_equal(options.val_size_max, 4096); /* the last line needs no line end */
}

static void an_empty_file_changes_nothing(void **state) {
    (void)state;
    struct options before = options;
    assert_loads("");
    assert_loads("\n\n#\n");
    assert_memory_equal(&before, &options, sizeof(options));
}

static void the_later_one_counts(void **state) {
    (void)state;
    assert_loads("port 1\nconnections-max 5\nport 2\nmaxclients 6\n");
    assert_int_equal(options.port, 2);
    assert_int_equal(options.connections_max, 6);
}

static void texts_may_be_several_words(void **state) {
    (void)state;
    assert_loads("bind  127.0.0.1\t ::1  \nsave \"\"\n");
    assert_string_equal(options.bind, "127.0.0.1 ::1");
}

static void quotes(void **state) {
    (void)state;
    assert_loads("requirepass \"a b\\\"\\\\\\x41\\x7a\\n\\r\\t\\a\\b\\q#\"");
    assert_string_equal(options.requirepass, "a b\"\\Az\n\r\t\a\bq#");
    assert_loads("requirepass 'a \\'b\\n\" #'");
    assert_string_equal(options.requirepass, "a 'b\\n\" #");
    assert_loads("requirepass \"\\x4\\xzz\"");
    assert_string_equal(options.requirepass, "x4xzz");
    assert_loads("requirepass \"#1\"");
    assert_string_equal(options.requirepass, "#1");
    assert_loads("requirepass a#1");
    assert_string_equal(options.requirepass, "a#1");
    assert_loads("\"requirepass\" ''");
    assert_string_equal(options.requirepass, "");
    assert_loads("logfile my\"own file\"");
    assert_string_equal(options.logfile, "myown file");
}

static void wrong_quotes(void **state) {
    (void)state;
    assert_fails("\nrequirepass \"open\n", "kv.conf:2: a quote is not closed");
    assert_fails("requirepass 'open\\'\n", "kv.conf:1: a quote is not closed");
    assert_fails("requirepass \"open\\", "kv.conf:1: a quote is not closed");
    assert_fails("requirepass \"a\"b\n", "kv.conf:1: a closing quote must end its word");
    assert_fails(
        "requirepass \"\\x00\"\n",
        "kv.conf:1: requirepass: '?' is not allowed: at most 511 bytes, none of them zero");
}

static void errors_name_file_line_option_value_and_range(void **state) {
    (void)state;
    assert_fails("# first\n\nport 99999\n", "kv.conf:3: port: '99999' is not allowed: 0 to 65535");
    assert_fails("port\n", "kv.conf:1: port: takes one value, \"\" for an empty one");
    assert_fails("port 1 2\n", "kv.conf:1: port: takes one value");
    assert_fails("requirepass\n", "kv.conf:1: requirepass: takes one value, \"\" for an empty one");
    assert_fails("save 3600 1\n", "kv.conf:1: save: '3600 1' is not allowed: it is always '' here. "
                                  "kv keeps nothing on disk.");
    assert_fails("port 1 # mine\n",
                 "kv.conf:1: a comment must have a line of its own, and a value that begins with # "
                 "quotes");
}

static void unknown_options_name_the_nearest(void **state) {
    (void)state;
    assert_fails("conections-max 5\n", "kv.conf:1: conections-max: there is no such option; did "
                                       "you mean connections-max?");
    assert_fails("prot 5\n", "kv.conf:1: prot: there is no such option; did you mean port?");
    assert_fails("MaxClient 5\n",
                 "kv.conf:1: MaxClient: there is no such option; did you mean maxclients?");
    assert_fails("hz 10\n", "kv.conf:1: hz: there is no such option");
    assert_fails("stop-writes-on-bgsave-error no\n",
                 "kv.conf:1: stop-writes-on-bgsave-error: there is no such option");
    assert_fails("an-option-whose-name-is-longer-than-any-that-could-be-meant-here-or-elsewhere 1",
                 "kv.conf:1: an-option-whose-name-is-longer-than-any-that-could-be-meant-here...: "
                 "there is no such option");
    assert_fails("\x01 5", "kv.conf:1: ?: there is no such option");
}

static void what_came_before_the_error_is_set(void **state) {
    (void)state;
    assert_fails("port 7\nport x\nport 8\n", "kv.conf:2: port: 'x' is not allowed: 0 to 65535");
    assert_int_equal(options.port, 7);
}

static void long_lines_and_many_words(void **state) {
    (void)state;
    static char text[10000];
    /* Exactly the longest line is read. */
    memset(text, ' ', 4096);
    memcpy(text, "port 7", 6);
    memcpy(text + 4096, "\nport 8", 8);
    assert_loads(text);
    assert_int_equal(options.port, 8);
    memset(text, ' ', 4097);
    memcpy(text + 4097, "\n", 2);
    assert_fails(text, "kv.conf:1: the line is longer than 4096 bytes");
    memcpy(text, "bind", 5);
    for (int i = 0; i < 64; i++)
        strcat(text, " x");
    assert_fails(text, "kv.conf:1: there are too many words in this line");
    text[strlen(text) - 2] = '\0';
    assert_loads(text);
}

static void lines_across_the_read_buffer(void **state) {
    (void)state;
    static char text[20000];
    text[0] = '\0';
    for (int i = 1; i <= 1500; i++)
        sprintf(text + strlen(text), "port %d\n", i);
    assert_true(strlen(text) > 3 * 4096);
    assert_loads(text);
    assert_int_equal(options.port, 1500);
}

static void includes_are_relative_to_the_including_file(void **state) {
    (void)state;
    assert_int_equal(mkdir(path_of("sub"), 0700), 0);
    write_file("sub/a.conf", "port 5\ninclude b.conf\nkey-count 9\n");
    write_file("sub/b.conf", "port 6\nmaxclients 8\n");
    char text[512];
    snprintf(text, sizeof(text), "port 4\ninclude sub/a.conf\nlogfile x\ninclude \"%s\"\n",
             path_of("sub/b.conf"));
    assert_loads(text);
    assert_int_equal(options.port, 6);
    assert_int_equal(options.key_count, 9);
    assert_int_equal(options.connections_max, 8);
    assert_string_equal(options.logfile, "x");
}

static void an_error_in_an_include_names_that_file(void **state) {
    (void)state;
    write_file("bad.conf", "\n\nport x\n");
    assert_fails("port 4\ninclude bad.conf\n", "bad.conf:3: port: 'x' is not allowed: 0 to 65535");
}

static void includes_that_cannot_be(void **state) {
    (void)state;
    char text[2048];
    assert_fails("include none.conf\n",
                 "kv.conf:1: include: 'none.conf': No such file or directory");
    assert_fails("include .\n", "kv.conf:1: include: '.': Is a directory");
    assert_fails("include\n", "kv.conf:1: include: takes one path, in quotes when it has spaces");
    assert_fails("include a b\n",
                 "kv.conf:1: include: takes one path, in quotes when it has spaces");
    assert_fails("include \"\"\n", "kv.conf:1: include: '': the path is empty or too long");
    memset(text, 'a', sizeof(text));
    memcpy(text, "include ", 8);
    text[1200] = '\0';
    write_file("kv.conf", text);
    assert_false(load("kv.conf"));
    assert_non_null(strstr(error.text, "...': the path is empty or too long"));
}

static void a_file_cannot_include_itself(void **state) {
    (void)state;
    assert_fails("include kv.conf\n", "kv.conf:1: include: 'kv.conf': it is being read already, a "
                                      "file cannot include itself");
    write_file("a.conf", "port 1\ninclude kv.conf\n");
    assert_fails("\ninclude a.conf\n", "a.conf:2: include: 'kv.conf': it is being read already, a "
                                       "file cannot include itself");
    /* One after the other is no loop. */
    write_file("a.conf", "port 3\n");
    assert_loads("include a.conf\nport 2\ninclude a.conf\n");
    assert_int_equal(options.port, 3);
}

static void includes_have_a_depth(void **state) {
    (void)state;
    char name[32], text[64];
    for (int i = 1; i <= OPTIONS_INCLUDE_DEPTH_MAX; i++) {
        snprintf(name, sizeof(name), "%d.conf", i);
        snprintf(text, sizeof(text), "include %d.conf\n", i + 1);
        write_file(name, text);
    }
    write_file("8.conf", "port 8\n");
    assert_true(load("1.conf"));
    assert_int_equal(options.port, 8);
    write_file("8.conf", "include 9.conf\n");
    write_file("9.conf", "port 9\n");
    assert_false(load("1.conf"));
    assert_error("8.conf:1: include: files include each other more than 8 deep");
}

static void files_that_cannot_be_read(void **state) {
    (void)state;
    assert_false(load("missing.conf"));
    assert_error("missing.conf: cannot read the configuration: No such file or directory");
    assert_false(options_load_file(&options, folder, &error));
    assert_non_null(strstr(error.text, ": cannot read the configuration: Is a directory"));
    char path[2000];
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_false(options_load_file(&options, path, &error));
    assert_int_equal(strlen(error.text), OPTIONS_ERROR_MAX - 1); /* cut, not overrun */
}

static void no_file_stays_open(void **state) {
    (void)state;
    const u32 before = open_files();
    write_file("bad.conf", "port x\n");
    write_file("good.conf", "port 5\n");
    write_file("kv.conf", "include good.conf\ninclude bad.conf\n");
    assert_false(load("kv.conf"));
    assert_int_equal(open_files(), before);
    assert_true(load("good.conf"));
    assert_int_equal(open_files(), before);
}

/* What ./bootstrap run starts with. `make check` says where the sources are. */
/* Any bytes: an error or not, but never a crash, and always a terminated message. */
static void random_bytes_never_crash(void **state) {
    (void)state;
    static const char letters[] = "port bind include\"'\\x#\n\n  0123456789kmgb-\t\r";
    u32 random = 12345;
    char text[200];
    for (int round = 0; round < 3000; round++) {
        size_t len = 0;
        random = random * 1103515245u + 12345u;
        const size_t wanted = (random >> 8) % sizeof(text);
        while (len < wanted) {
            random = random * 1103515245u + 12345u;
            const u32 pick = (random >> 8) % 64;
            text[len++] = pick < sizeof(letters) - 1 ? letters[pick] : (char)(random >> 16);
        }
        write_bytes("random.conf", text, len);
        memset(error.text, 'x', sizeof(error.text));
        if (!load("random.conf")) assert_non_null(memchr(error.text, 0, sizeof(error.text)));
    }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(names_and_values),
        TEST(an_empty_file_changes_nothing),
        TEST(the_later_one_counts),
        TEST(texts_may_be_several_words),
        TEST(quotes),
        TEST(wrong_quotes),
        TEST(errors_name_file_line_option_value_and_range),
        TEST(unknown_options_name_the_nearest),
        TEST(what_came_before_the_error_is_set),
        TEST(long_lines_and_many_words),
        TEST(lines_across_the_read_buffer),
        TEST(includes_are_relative_to_the_including_file),
        TEST(an_error_in_an_include_names_that_file),
        TEST(includes_that_cannot_be),
        TEST(a_file_cannot_include_itself),
        TEST(includes_have_a_depth),
        TEST(files_that_cannot_be_read),
        TEST(no_file_stays_open),
        TEST(random_bytes_never_crash),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
