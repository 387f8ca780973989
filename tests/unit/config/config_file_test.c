/* The configuration file replaced in place: a crash at any byte of it leaves the old options or the
 * new ones, and so does any mixture of what had not yet reached the disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "kv/prng.h"
#include "kv/text.h"

/* What is done to the file, noted so that it can be done again in part. */
static ssize_t noted_pwrite(int fd, const void *data, size_t len, off_t at);
static int noted_ftruncate(int fd, off_t len);
static int noted_fdatasync(int fd);
#define pwrite noted_pwrite
#define ftruncate noted_ftruncate
#define fdatasync noted_fdatasync
#include "../../../src/config/config_file.c"
#include "../../../src/config/config_journal.c"
#undef pwrite
#undef ftruncate
#undef fdatasync

#include "../unit.h"

enum { STEPS_MAX = 4096, FILE_MAX = 4 * CONFIG_FILE_BYTES_MAX };
enum step_kind { STEP_WRITE, STEP_CUT, STEP_SYNC };

struct step {
    enum step_kind kind;
    u64 at; /* CUT: the new length */
    u8 *data;
    size_t len;
};

static struct step steps[STEPS_MAX];
static u32 step_count;
static u64 fail_after = UINT64_MAX; /* bytes that are written before the disk is full */
static u64 written;
static bool noting = true;

static ssize_t noted_pwrite(int fd, const void *data, size_t len, off_t at) {
    if (!noting) return pwrite(fd, data, len, at);
    if (written >= fail_after) {
        errno = ENOSPC;
        return -1;
    }
    /* Some are short. */
    size_t part = len > 700 ? 700 : len;
    if (part > fail_after - written) part = (size_t)(fail_after - written);
    assert_true(step_count < STEPS_MAX);
    struct step *step = &steps[step_count++];
    *step = (struct step){.kind = STEP_WRITE, .at = (u64)at, .data = malloc(part), .len = part};
    memcpy(step->data, data, part);
    written += part;
    return pwrite(fd, data, part, at);
}

static int noted_ftruncate(int fd, off_t len) {
    if (!noting) return ftruncate(fd, len);
    steps[step_count++] = (struct step){.kind = STEP_CUT, .at = (u64)len};
    return ftruncate(fd, len);
}

static int noted_fdatasync(int fd) {
    (void)fd;
    if (noting) steps[step_count++] = (struct step){.kind = STEP_SYNC};
    return 0;
}

static void forget_steps(void) {
    for (u32 i = 0; i < step_count; i++)
        free(steps[i].data);
    step_count = 0;
    written = 0;
}

static char folder[64];
static char path[128];
static char memory[2][CONFIG_FILE_BYTES_MAX];
static struct config_file config;
static struct options options;
static struct options started;
static struct options_error error;

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/kv-config-XXXXXX");
    if (mkdtemp(folder) == NULL) return 1;
    snprintf(path, sizeof(path), "%s/kv.conf", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    forget_steps();
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static void write_file(const void *data, size_t len) {
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    close(fd);
}

static size_t read_file(char *out, size_t size) {
    const int fd = open(path, O_RDONLY);
    const ssize_t got = read(fd, out, size - 1);
    assert_true(got >= 0);
    close(fd);
    out[got] = '\0';
    return (size_t)got;
}

static void start(const char *text) {
    write_file(text, strlen(text));
    options_default(&started);
    assert_true(config_file_recover(path, &error));
    if (!options_load_file(&started, path, &error)) fail_msg("%s", error.text);
    options = started;
    config_file_init(&config, memory[0], memory[1]);
    config_file_open(&config, path);
    assert_true(config.fd >= 0);
}

static void expect_content(const char *text) {
    static char is[FILE_MAX];
    read_file(is, sizeof(is));
    assert_string_equal(is, text);
}

static void content_is_replaced(void **state) {
    (void)state;
    start("# a\ntimeout 5\nloglevel verbose\n");
    assert_null(config_file_rewrite(&config, &options, &started));
    assert_int_equal(step_count, 0); /* nothing to do */
    options.timeout_s = 1234567;
    assert_null(config_file_rewrite(&config, &options, &started));
    expect_content("# a\ntimeout 1234567\nloglevel verbose\n");
    options.timeout_s = 1;
    options.loglevel = 2;
    assert_null(config_file_rewrite(&config, &options, &started));
    expect_content("# a\ntimeout 1\nloglevel notice\n");
    config_file_close(&config);
    forget_steps();
}

/* -- crashes -- */

struct image {
    char data[FILE_MAX];
    size_t len;
};

static void image_write(struct image *image, u64 at, const u8 *data, size_t len) {
    assert_true(at + len < FILE_MAX);
    if (at > image->len) memset(image->data + image->len, 0, at - image->len);
    memcpy(image->data + at, data, len);
    if (at + len > image->len) image->len = at + len;
}

/* Does the first steps again, and of the next one that writes the first `part` bytes. */
static void image_replay(struct image *image, const char *old, u32 done, size_t part) {
    image->len = strlen(old);
    memcpy(image->data, old, image->len);
    for (u32 i = 0; i < done; i++) {
        if (steps[i].kind == STEP_WRITE)
            image_write(image, steps[i].at, steps[i].data, steps[i].len);
        if (steps[i].kind == STEP_CUT) image->len = steps[i].at;
    }
    if (part > 0) image_write(image, steps[done].at, steps[done].data, part);
}

/* What the next start makes of it: 0 the old options, 1 the new ones. */
static int restart(const struct image *image, const char *old, const char *fresh) {
    static char is[FILE_MAX];
    struct options read;
    write_file(image->data, image->len);
    noting = false;
    assert_true(config_file_recover(path, &error));
    noting = true;
    read_file(is, sizeof(is));
    options_default(&read);
    if (!options_load_file(&read, path, &error)) fail_msg("%s in\n%s", error.text, is);
    if (strcmp(is, fresh) == 0) return 1;
    assert_memory_equal(is, old, strlen(old));
    assert_memory_equal(&read, &started, sizeof(read));
    return 0;
}

static void crash_everywhere(const char *old, const char *fresh) {
    static struct image image;
    int before = 0;
    u32 crashes = 0;
    for (u32 done = 0; done < step_count; done++) {
        const size_t parts = steps[done].kind == STEP_WRITE ? steps[done].len : 1;
        const size_t stride = parts > 64 ? 7 : 1;
        for (size_t part = 0; part < parts; part += stride) {
            image_replay(&image, old, done, steps[done].kind == STEP_WRITE ? part : 0);
            const int now = restart(&image, old, fresh);
            assert_true(now >= before); /* never back from the new to the old */
            before = now;
            crashes++;
        }
    }
    image_replay(&image, old, step_count, 0);
    assert_int_equal(restart(&image, old, fresh), 1);
    assert_true(crashes > 50);
}

static void a_crash_at_any_byte_leaves_the_old_or_the_new(void **state) {
    (void)state;
    static char old[8192] = "# a comment\ntimeout 5\nrequirepass short";
    static char fresh[FILE_MAX];
    for (u32 round = 0; round < 4; round++) {
        start(old);
        options.timeout_s = 100000 * (round + 1);
        /* Longer, then shorter, then with lines that the journal cuts. */
        memset(options.requirepass, 0, OPTION_TEXT_MAX);
        memset(options.requirepass, 'x', round % 2 == 0 ? 300 : 3);
        forget_steps();
        assert_null(config_file_rewrite(&config, &options, &started));
        config_file_close(&config);
        read_file(fresh, sizeof(fresh));
        crash_everywhere(old, fresh);
        /* What it was is where the next begins, longer by a comment. */
        struct text text;
        text_init(&text, old, sizeof(old));
        text_append(&text, bytes_of_string(fresh));
        text_printf(&text, "# %0*u\n", round == 1 ? 3000 : 3, round);
        assert_false(text.overflow);
    }
    forget_steps();
}

/* Until a sync returns, what was written since the one before may be there or not, each byte. */
static void writes_that_reach_the_disk_in_any_order(void **state) {
    (void)state;
    static struct image image;
    static char fresh[FILE_MAX];
    const char *old = "# a comment\ntimeout 5\nloglevel warning\n# the end\n";
    struct prng prng;
    prng_init(&prng, 3);
    start(old);
    options.timeout_s = 31536000;
    options.loglevel = 0;
    forget_steps();
    assert_null(config_file_rewrite(&config, &options, &started));
    config_file_close(&config);
    read_file(fresh, sizeof(fresh));
    u32 syncs[8];
    u32 count = 0;
    for (u32 i = 0; i < step_count; i++)
        if (steps[i].kind == STEP_SYNC) syncs[count++] = i;
    assert_true(count >= 2);
    for (u32 round = 0; round < 2000; round++) {
        /* The journal is there; of the new content any bytes are. */
        image_replay(&image, old, syncs[0] + 1, 0);
        for (u32 i = syncs[0] + 1; i < syncs[1]; i++)
            for (size_t j = 0; j < steps[i].len; j++)
                if (prng_below(&prng, 2) == 0)
                    image_write(&image, steps[i].at + j, steps[i].data + j, 1);
        assert_int_equal(restart(&image, old, fresh), 1);
        /* All of the journal is there but one byte. */
        image_replay(&image, old, syncs[0] + 1, 0);
        const size_t gap = strlen(old) + prng_below(&prng, image.len - strlen(old));
        if (image.data[gap] == '\n') continue;
        image.data[gap] = '\0';
        write_file(image.data, image.len);
        char found[CONFIG_FILE_BYTES_MAX];
        u64 len;
        const int fd = open(path, O_RDONLY);
        const bool whole = config_journal_find(fd, found, &len);
        close(fd);
        if (whole) fail_msg("a journal with a gap at %zu counts", gap);
    }
    forget_steps();
}

static void a_full_disk_changes_nothing(void **state) {
    (void)state;
    const char *old = "timeout 5\n";
    start(old);
    options.timeout_s = 77;
    u64 bytes = 0;
    static char is[FILE_MAX];
    struct options read;
    for (fail_after = 0; fail_after < 60; fail_after += 3) {
        forget_steps();
        const char *wrong = config_file_rewrite(&config, &options, &started);
        if (wrong == NULL) break;
        assert_string_equal(wrong, strerror(ENOSPC));
        bytes = fail_after;
        /* What is behind it are comments. */
        options_default(&read);
        read_file(is, sizeof(is));
        assert_memory_equal(is, old, strlen(old));
        assert_true(options_load_file(&read, path, &error));
        assert_memory_equal(&read, &started, sizeof(read));
    }
    fail_after = UINT64_MAX;
    assert_true(bytes > 20);
    assert_null(config_file_rewrite(&config, &options, &started));
    options_default(&read);
    read_file(is, sizeof(is));
    assert_true(options_load_file(&read, path, &error));
    assert_int_equal(read.timeout_s, 77);
    config_file_close(&config);
    forget_steps();
}

/* -- files that cannot be written -- */

static void a_file_that_was_replaced_is_refused(void **state) {
    (void)state;
    char other[160];
    start("timeout 5\n");
    options.timeout_s = 6;
    snprintf(other, sizeof(other), "%s.new", path);
    assert_int_equal(rename(path, other), 0);
    assert_string_equal(config_file_rewrite(&config, &options, &started), strerror(ENOENT));
    write_file("timeout 7\n", 10);
    assert_non_null(strstr(config_file_rewrite(&config, &options, &started), "in its place"));
    expect_content("timeout 7\n");
    assert_int_equal(rename(other, path), 0);
    assert_null(config_file_rewrite(&config, &options, &started));
    expect_content("timeout 6\n");
    config_file_close(&config);
    forget_steps();
}

static void one_server_alone_writes_a_file(void **state) {
    (void)state;
    static char more[2][CONFIG_FILE_BYTES_MAX];
    struct config_file second;
    start("timeout 5\n");
    config_file_init(&second, more[0], more[1]);
    config_file_open(&second, path);
    assert_int_equal(second.fd, -1);
    options.timeout_s = 6;
    assert_non_null(strstr(config_file_rewrite(&second, &options, &started), "another server"));
    expect_content("timeout 5\n");
    config_file_close(&config);
    config_file_init(&second, more[0], more[1]);
    config_file_open(&second, path);
    assert_null(config_file_rewrite(&second, &options, &started));
    expect_content("timeout 6\n");
    config_file_close(&second);
    forget_steps();
}

static void what_is_no_file_is_not_opened(void **state) {
    (void)state;
    config_file_init(&config, memory[0], memory[1]);
    config_file_open(&config, "/dev/null");
    assert_non_null(config_file_rewrite(&config, &options, &started));
    config_file_init(&config, memory[0], memory[1]);
    config_file_open(&config, folder);
    assert_string_equal(config_file_rewrite(&config, &options, &started), strerror(EISDIR));
    config_file_init(&config, memory[0], memory[1]);
    config_file_open(&config, "/nonexistent/kv.conf");
    assert_string_equal(config_file_rewrite(&config, &options, &started), strerror(ENOENT));
    assert_true(config_file_recover("/nonexistent/kv.conf", &error));
    assert_true(config_file_recover("/dev/null", &error));
}

static void a_file_that_grew_too_long_is_refused(void **state) {
    (void)state;
    static char text[CONFIG_FILE_BYTES_MAX + 2];
    memset(text, '\n', sizeof(text) - 1);
    start("timeout 5\n");
    options.timeout_s = 6;
    write_file(text, CONFIG_FILE_BYTES_MAX + 1);
    assert_non_null(config_file_rewrite(&config, &options, &started));
    write_file(text, CONFIG_FILE_BYTES_MAX - 4);
    assert_non_null(strstr(config_file_rewrite(&config, &options, &started), "would be longer"));
    config_file_close(&config);
    forget_steps();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_replaced),
        cmocka_unit_test(a_crash_at_any_byte_leaves_the_old_or_the_new),
        cmocka_unit_test(writes_that_reach_the_disk_in_any_order),
        cmocka_unit_test(a_full_disk_changes_nothing),
        cmocka_unit_test(a_file_that_was_replaced_is_refused),
        cmocka_unit_test(one_server_alone_writes_a_file),
        cmocka_unit_test(what_is_no_file_is_not_opened),
        cmocka_unit_test(a_file_that_grew_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
