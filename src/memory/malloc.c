/* malloc.c: the malloc family of the C library, as thin names over the process's heap.
 *
 * Linked into the program itself, and not into libkvmemory.a: a definition in the executable comes
 * before the C library's for every library of the process, the C library included (glibc manual,
 * "Replacing malloc"). Everything that glibc documents as needed is here; what each function
 * returns and what it does to errno is the C standard's, POSIX's or, for the rest, glibc's.
 *
 * Sanitizers bring their own malloc, and valgrind replaces the C library's; then this file is
 * empty (configure --disable-bounded-malloc), and process_heap_is_malloc() says so.
 *
 * Compiled with -fno-builtin for these names, so that no call in here is taken for, or turned into,
 * one of the functions that it implements. The attributes keep the names through LTO: nothing in
 * the program's own objects needs to refer to all of them.
 */
#if !defined(KV_NO_BOUNDED_MALLOC) && !defined(__SANITIZE_ADDRESS__) &&                            \
    !defined(__SANITIZE_THREAD__)

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kv/process_heap.h"

#define EXPORTED __attribute__((used, externally_visible, visibility("default"), noinline))
#define CALL(name) ((struct process_heap_call){(name), __builtin_return_address(0)})
#define ALIGNMENT_DEFAULT _Alignof(max_align_t)

__attribute__((used, externally_visible)) const bool process_heap_malloc_mark = true;

static bool is_power_of_two(size_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

/* SIZE_MAX, which no heap has, when the product is too large. */
static size_t product_of(size_t count, size_t bytes) {
    size_t product = 0;
    return __builtin_mul_overflow(count, bytes, &product) ? SIZE_MAX : product;
}

static size_t page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* realloc and reallocarray: what glibc does with nothing to resize and with nothing wanted. */
static void *resize(void *block, size_t bytes, struct process_heap_call call) {
    if (block == NULL) return process_heap_get(bytes, ALIGNMENT_DEFAULT, call);
    if (bytes == 0) {
        process_heap_put(&block, call);
        return NULL;
    }
    return process_heap_resize(block, bytes, call);
}

EXPORTED void *malloc(size_t bytes) {
    return process_heap_get(bytes, ALIGNMENT_DEFAULT, CALL("malloc"));
}

EXPORTED void free(void *block) {
    if (block != NULL) process_heap_put(&block, CALL("free"));
}

EXPORTED void *calloc(size_t count, size_t bytes) {
    const size_t total = product_of(count, bytes);
    void *block = process_heap_get(total, ALIGNMENT_DEFAULT, CALL("calloc"));
    return block == NULL ? NULL : memset(block, 0, total);
}

EXPORTED void *realloc(void *block, size_t bytes) {
    return resize(block, bytes, CALL("realloc"));
}

EXPORTED void *reallocarray(void *block, size_t count, size_t bytes) {
    return resize(block, product_of(count, bytes), CALL("reallocarray"));
}

/* Reports through its result alone, and leaves *out as it was when it fails. */
EXPORTED int posix_memalign(void **out, size_t alignment, size_t bytes) {
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0) return EINVAL;
    const int saved = errno;
    void *block = process_heap_get(bytes, alignment, CALL("posix_memalign"));
    errno = saved;
    if (block == NULL) return ENOMEM;
    *out = block;
    return 0;
}

EXPORTED void *aligned_alloc(size_t alignment, size_t bytes) {
    if (!is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return process_heap_get(bytes, alignment, CALL("aligned_alloc"));
}

/* Unlike aligned_alloc, takes every alignment for which there is a power of two above it. */
EXPORTED void *memalign(size_t alignment, size_t bytes) {
    if (alignment > SIZE_MAX / 2 + 1) {
        errno = EINVAL;
        return NULL;
    }
    size_t power = ALIGNMENT_DEFAULT;
    while (power < alignment)
        power *= 2;
    return process_heap_get(bytes, power, CALL("memalign"));
}

EXPORTED void *valloc(size_t bytes) {
    return process_heap_get(bytes, page_bytes(), CALL("valloc"));
}

/* Whole pages. */
EXPORTED void *pvalloc(size_t bytes) {
    const size_t page = page_bytes();
    const size_t rounded = bytes > SIZE_MAX - page ? SIZE_MAX : (bytes + page - 1) / page * page;
    return process_heap_get(rounded, page, CALL("pvalloc"));
}

EXPORTED size_t malloc_usable_size(void *block) {
    if (block == NULL) return 0;
    return (size_t)process_heap_usable(block, CALL("malloc_usable_size"));
}

#endif
