/* unit.h: what every unit test includes: cmocka with the headers it wants before it, and a check
 * that something aborts.
 */
#ifndef KV_TESTS_UNIT_H
#define KV_TESTS_UNIT_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child of assert_dies: no core file, and stderr into the pipe. */
static inline void unit_prepare_to_die(int fds[2]) {
    const struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    dup2(fds[1], STDERR_FILENO);
    close(fds[0]);
    close(fds[1]);
}

/* In the parent: the child was ended by abort() and said `text` first. */
static inline void unit_expect_death(pid_t child, int fds[2], const char *text, const char *file,
                                     int line) {
    char said[4096];
    size_t length = 0;
    ssize_t n = 0;
    close(fds[1]);
    while ((n = read(fds[0], said + length, sizeof(said) - 1 - length)) > 0)
        length += (size_t)n;
    said[length] = '\0';
    close(fds[0]);
    int status = 0;
    if (waitpid(child, &status, 0) != child) _fail(file, line);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT || strstr(said, text) == NULL) {
        print_error("expected an abort with \"%s\", got status %x and \"%s\"\n", text,
                    (unsigned)status, said);
        _fail(file, line);
    }
}

/* Whether `statement`, run in a child process, aborts with a message on stderr that holds `text`.
 */
#define assert_dies(text, statement)                                                               \
    do {                                                                                           \
        int unit_fds[2];                                                                           \
        assert_int_equal(pipe(unit_fds), 0);                                                       \
        fflush(NULL);                                                                              \
        const pid_t unit_child = fork();                                                           \
        if (unit_child == 0) {                                                                     \
            unit_prepare_to_die(unit_fds);                                                         \
            statement;                                                                             \
            _exit(0);                                                                              \
        }                                                                                          \
        unit_expect_death(unit_child, unit_fds, text, __FILE__, __LINE__);                         \
    } while (0)

#endif
