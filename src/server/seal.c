/* seal.c: the seal in the server's start, by the options. */
#include "kv/seal.h"

#include <stdio.h>

#include "kv/log.h"
#include "kv/process_heap.h"

#include "seal_internal.h"

_Static_assert((int)SECCOMP_YES == SEAL_DENY && (int)SECCOMP_LOG == SEAL_LOG &&
                   (int)SECCOMP_NO == SEAL_OFF,
               "the words of the option seccomp are in the order of the modes");

/* What a step that the host forbids leads to. `option` NULL: nobody can have asked for the step. */
static bool go_on_without(const struct options *options, const char *option, const char *why,
                          const char *meaning, char error[SERVER_ERROR_MAX]) {
    if (option != NULL && options_is_given(options, option)) {
        snprintf(error, SERVER_ERROR_MAX,
                 "%s: the host does not allow it: %s; without it (%s no) %s", option, why, option,
                 meaning);
        return false;
    }
    log_write(LOG_WARNING, "%s: the host does not allow it: %s; %s",
              option != NULL ? option : "privileges", why, meaning);
    return true;
}

bool server_seal_early(const struct options *options, const struct arena *arena,
                       char error[SERVER_ERROR_MAX]) {
    char why[SEAL_WHY_MAX];
    if (arena->no_huge_pages[0] != '\0' &&
        !go_on_without(options, "huge-pages", arena->no_huge_pages,
                       "the store has small pages, and look-ups are slower", error))
        return false;
    if (!seal_privileges(why))
        return go_on_without(options, NULL, why,
                             "a program that this process started could gain some", error);
    return true;
}

bool server_seal(const struct options *options, bool *filtered, char error[SERVER_ERROR_MAX]) {
    char why[SEAL_WHY_MAX];
    *filtered = false;
    bool locked = options->memory_lock;
    if (locked && !seal_memory(why)) {
        locked = false;
        if (!go_on_without(options, "memory-lock", why, "the host may swap memory out", error))
            return false;
    }
    const enum seal_mode mode = (enum seal_mode)options->seccomp;
    bool sealed = mode != SEAL_OFF;
    struct gauge before, after;
    process_heap_usage(&before);
    if (!seal_calls(mode, why)) {
        process_heap_usage(&after);
        if (after.exhausted != before.exhausted) {
            snprintf(error, SERVER_ERROR_MAX,
                     "seccomp: malloc's heap is too small for the filter: raise admin-memory");
            return false;
        }
        sealed = false;
        if (!go_on_without(options, "seccomp", why, "system calls are not filtered", error))
            return false;
    }
    static const char *const words[] = {"filtered", "logged by the kernel unless needed",
                                        "not filtered"};
    log_write(LOG_NOTICE, "sealed: system calls are %s, memory is %slocked",
              words[sealed ? mode : SEAL_OFF], locked ? "" : "not ");
    *filtered = sealed;
    return true;
}
