/* assert.h: assertions that stay on in release builds, and the expensive ones that do not.
 *
 * kv_assert is for what costs O(1); kv_debug_assert is compiled in with --enable-debug and is
 * for whole-structure checks. Neither is for errors that can happen (network, input, limits).
 */
#ifndef KV_ASSERT_H
#define KV_ASSERT_H

#include "kv/types.h"

/* Writes the message to stderr without allocating and aborts. Never returns. */
_Noreturn void kv_fatal(const char *file, int line, const char *format, ...) KV_PRINTF(3, 4);

#define KV_FATAL(...) kv_fatal(__FILE__, __LINE__, __VA_ARGS__)

#define kv_assert(condition)                                                                       \
    do {                                                                                           \
        if (KV_UNLIKELY(!(condition)))                                                             \
            kv_fatal(__FILE__, __LINE__, "assertion failed: %s", #condition);                      \
    } while (0)

#ifdef KV_DEBUG
#define kv_debug_assert(condition) kv_assert(condition)
#else
#define kv_debug_assert(condition) ((void)sizeof(condition))
#endif

#endif
