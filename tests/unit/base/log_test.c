#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#include "kv/clock.h"
#include "kv/log.h"

#include "../unit.h"

static char path[] = "/tmp/kv-log-test-XXXXXX";
static char content[65536];

static int open_log(void **state) {
    (void)state;
    strcpy(path + sizeof(path) - 7, "XXXXXX");
    const int fd = mkstemp(path);
    if (fd < 0) return -1;
    close(fd);
    return log_init(path, LOG_NOTICE);
}

static int close_log(void **state) {
    (void)state;
    log_deinit();
    return unlink(path);
}

static size_t read_log(void) {
    const int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    const ssize_t n = read(fd, content, sizeof(content) - 1);
    assert_true(n >= 0);
    close(fd);
    content[n] = '\0';
    return (size_t)n;
}

static u32 count_lines(void) {
    u32 lines = 0;
    for (const char *at = content; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    return lines;
}

static void a_line_has_time_level_and_text(void **state) {
    (void)state;
    char before[CLOCK_TEXT_MAX];
    char after[CLOCK_TEXT_MAX];
    const u32 length = clock_format_utc(before, clock_wall_ms());
    log_write(LOG_WARNING, "%d of %s", 3, "four");
    clock_format_utc(after, clock_wall_ms());
    read_log();
    assert_string_equal(content + length, " warning 3 of four\n");
    content[length] = '\0';
    assert_true(strcmp(content, before) >= 0 && strcmp(content, after) <= 0);
}

static void levels_below_are_not_written(void **state) {
    (void)state;
    log_write(LOG_VERBOSE, "a");
    log_write(LOG_DEBUG, "b");
    assert_int_equal(read_log(), 0);
    log_write(LOG_NOTICE, "c");
    log_set_level(LOG_DEBUG);
    log_write(LOG_DEBUG, "d");
    log_write(LOG_VERBOSE, "e");
    log_set_level(LOG_WARNING);
    log_write(LOG_NOTICE, "f");
    read_log();
    assert_int_equal(count_lines(), 3);
    assert_non_null(strstr(content, " notice c\n"));
    assert_non_null(strstr(content, " debug d\n"));
    assert_non_null(strstr(content, " verbose e\n"));
}

static void a_long_line_is_cut(void **state) {
    (void)state;
    char text[3000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_write(LOG_NOTICE, "%s", text);
    log_write(LOG_NOTICE, "next");
    read_log();
    assert_int_equal(count_lines(), 2);
    const size_t first = (size_t)(strchr(content, '\n') - content) + 1;
    assert_true(first <= LOG_LINE_MAX && first >= LOG_LINE_MAX - 2);
}

static void control_bytes_cannot_forge_a_line(void **state) {
    (void)state;
    log_write(LOG_NOTICE, "a%sb", "\n\r\x1b[2J\x7f\t");
    read_log();
    assert_int_equal(count_lines(), 1);
    assert_non_null(strstr(content, "a???[2J??b\n"));
}

static void a_file_is_appended_to(void **state) {
    (void)state;
    log_write(LOG_NOTICE, "one");
    assert_int_equal(log_init(path, LOG_NOTICE), 0);
    log_write(LOG_NOTICE, "two");
    read_log();
    assert_int_equal(count_lines(), 2);
}

static void a_file_that_cannot_be_opened_changes_nothing(void **state) {
    (void)state;
    assert_int_equal(log_init("/nowhere/at/all.log", LOG_DEBUG), ENOENT);
    log_write(LOG_DEBUG, "not this");
    log_write(LOG_NOTICE, "still here");
    read_log();
    assert_int_equal(count_lines(), 1);
    assert_non_null(strstr(content, "still here"));
}

static void without_a_path_it_is_stderr(void **state) {
    (void)state;
    assert_dies(" warning on stderr\n", {
        log_init("", LOG_NOTICE);
        log_write(LOG_WARNING, "on stderr");
        abort();
    });
    assert_dies(" warning after deinit\n", {
        log_deinit();
        log_write(LOG_WARNING, "after deinit");
        abort();
    });
    assert_int_equal(read_log(), 0);
}

/* Every line is either written or counted, however many seconds the loop takes. */
static void limited_lines_are_written_or_counted(void **state) {
    (void)state;
    struct log_limit limit = {0};
    const u64 first_second = clock_monotonic_us() / 1000000;
    for (u32 i = 0; i < 200; i++)
        log_limited(&limit, LOG_NOTICE, "line %u", i);
    const u64 seconds = clock_monotonic_us() / 1000000 - first_second + 1;
    read_log();
    const u32 written = count_lines();
    u32 told = 0;
    for (const char *at = content; (at = strstr(at, " (")) != NULL; at++)
        told += (u32)strtoul(at + 2, NULL, 10);
    assert_true(written >= 5 && written <= 5 * seconds);
    assert_int_equal(written + told + limit.suppressed, 200);
    assert_non_null(strstr(content, "line 4\n"));
}

static void the_next_line_tells_how_many_were_not(void **state) {
    (void)state;
    struct log_limit limit = {.second = 1, .written = 5, .suppressed = 12};
    char text[3000];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_limited(&limit, LOG_NOTICE, "%s", text);
    const size_t length = read_log();
    assert_true(length <= LOG_LINE_MAX);
    assert_non_null(strstr(content, "aaa (12 more like this were not written)\n"));
    assert_int_equal(limit.suppressed, 0);
}

static void lines_below_the_level_use_up_nothing(void **state) {
    (void)state;
    struct log_limit limit = {0};
    for (u32 i = 0; i < 20; i++)
        log_limited(&limit, LOG_DEBUG, "line %u", i);
    assert_int_equal(limit.written, 0);
    assert_int_equal(limit.suppressed, 0);
    assert_int_equal(read_log(), 0);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, open_log, close_log)

int main(void) {
    const struct CMUnitTest tests[] = {
        LOG_TEST(a_line_has_time_level_and_text),
        LOG_TEST(levels_below_are_not_written),
        LOG_TEST(a_long_line_is_cut),
        LOG_TEST(control_bytes_cannot_forge_a_line),
        LOG_TEST(a_file_is_appended_to),
        LOG_TEST(a_file_that_cannot_be_opened_changes_nothing),
        LOG_TEST(without_a_path_it_is_stderr),
        LOG_TEST(limited_lines_are_written_or_counted),
        LOG_TEST(the_next_line_tells_how_many_were_not),
        LOG_TEST(lines_below_the_level_use_up_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
