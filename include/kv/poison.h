/* poison.h: tells AddressSanitizer which bytes of our own regions nobody may touch, so that it
 * sees into pools, pages and extents as it sees into malloc. Nothing in other builds.
 *
 * Addresses and lengths are multiples of 8, the grain of the sanitizer's shadow. Whoever poisons
 * memory that came from elsewhere unpoisons it before giving it back.
 */
#ifndef KV_POISON_H
#define KV_POISON_H

#include "kv/types.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

static inline void memory_poison(const void *memory, u64 bytes) {
    __asan_poison_memory_region(memory, bytes);
}
static inline void memory_unpoison(const void *memory, u64 bytes) {
    __asan_unpoison_memory_region(memory, bytes);
}
#else
static inline void memory_poison(const void *memory, u64 bytes) {
    (void)memory;
    (void)bytes;
}
static inline void memory_unpoison(const void *memory, u64 bytes) {
    (void)memory;
    (void)bytes;
}
#endif

#endif
