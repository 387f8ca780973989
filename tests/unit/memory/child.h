/* child.h: runs a piece of a test in a child process, for what can happen only once in a process.
 *
 * cmocka's assertions would jump back into the runner, which then would run there too; the child
 * uses child_check.
 */
#ifndef KV_TESTS_MEMORY_CHILD_H
#define KV_TESTS_MEMORY_CHILD_H

#include "../unit.h"

#define child_check(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            dprintf(STDERR_FILENO, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);         \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* Whether all of the checks in `body`, run in a child process, hold. */
static inline void expect_child(void (*body)(void), const char *file, int line) {
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    int status = -1;
    if (waitpid(child, &status, 0) != child || status != 0) {
        print_error("the child ended with status %x\n", (unsigned)status);
        _fail(file, line);
    }
}

#define assert_child_passes(body) expect_child(body, __FILE__, __LINE__)

#endif
