#define _GNU_SOURCE 1 /* asprintf, reallocarray */
#include <cjson/cJSON.h>
#include <errno.h>
#include <malloc.h>
#include <microhttpd.h>
#include <pthread.h>
#include <seccomp.h>
#include <stdlib.h>

#include "kv/bounded_heap.h"
#include "kv/prng.h"
#include "kv/process_heap.h"

#include "child.h"

/* This program's malloc is the process's heap, as kv's is, and it has the same libraries. */

#if defined(KV_NO_BOUNDED_MALLOC) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIBC_HAS_MALLOC true
#else
#define LIBC_HAS_MALLOC false
#endif

#define REGION_BYTES (512u * 1024)

static _Alignas(64) u8 memory[REGION_BYTES];
static struct gauge at_start;

/* The compiler must neither see through a size nor warn of it, nor know what became of a block. */
static size_t hidden(size_t n) {
    volatile size_t kept = n;
    return kept;
}
static void *hidden_block(void *block) {
    void *volatile kept = block;
    return kept;
}

static bool is_in_region(const void *block) {
    return (u64)((uintptr_t)block - (uintptr_t)memory) < sizeof(memory);
}

static u64 used_now(void) {
    struct gauge gauge;
    process_heap_usage(&gauge);
    return gauge.used;
}

static void malloc_is_what_was_configured(void **state) {
    (void)state;
    assert_int_equal(process_heap_is_malloc(), !LIBC_HAS_MALLOC);
    void *block = malloc(hidden(1));
    assert_non_null(block);
    assert_int_equal(process_heap_owns(block), !LIBC_HAS_MALLOC);
    free(block);
}

/* The libraries are linked in fact, not only on the command line. */
static void the_bootstrap_region_is_large_enough(void **state) {
    (void)state;
    assert_non_null(MHD_get_version());
    assert_non_null(seccomp_version());
    assert_non_null(cJSON_Version());
    print_message("constructors: %llu bytes in use, %llu at the most\n",
                  (unsigned long long)at_start.used, (unsigned long long)at_start.high_water);
    if (LIBC_HAS_MALLOC) skip();
    assert_true(at_start.high_water > 0);
    assert_true(at_start.high_water <= PROCESS_HEAP_BOOTSTRAP_MEASURED);
    assert_int_equal(at_start.exhausted, 0);
}

/* -- that everyone uses it -- */

static void the_c_library_uses_it(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    const u64 before = used_now();
    char *copy = strdup("a string");
    assert_true(process_heap_owns(copy));
    assert_true(malloc_usable_size(copy) >= 9);
    assert_true(used_now() > before);
    char *printed = NULL;
    assert_int_equal(asprintf(&printed, "%0500d", 7), 500);
    assert_true(process_heap_owns(printed));
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    assert_true(process_heap_owns(file));
    char *line = NULL;
    size_t room = 0;
    assert_true(getline(&line, &room, file) > 0);
    assert_true(process_heap_owns(line));
    assert_true(malloc_usable_size(line) >= room);
    cJSON *json = cJSON_Parse("{\"a\": [1, 2, 3]}");
    assert_true(process_heap_owns(json));
    cJSON_Delete(json);
    free(line);
    fclose(file);
    free(printed);
    free(copy);
    assert_int_equal(used_now(), before);
}

/* -- what each function does -- */

static void calloc_zeroes_reused_memory(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    u8 *dirty = malloc(hidden(4000));
    assert_non_null(dirty);
    memset(dirty, 0xff, 4000);
    u8 *const was = hidden_block(dirty);
    free(dirty);
    u8 *zeroed = calloc(hidden(40), 100);
    assert_ptr_equal(zeroed, was);
    for (u32 i = 0; i < 4000; i++)
        assert_int_equal(zeroed[i], 0);
    free(zeroed);
}

/* `expression` gives nothing and leaves `cause` in errno. */
#define expect_failure(expression, cause)                                                          \
    do {                                                                                           \
        errno = 0;                                                                                 \
        assert_null(expression);                                                                   \
        assert_int_equal(errno, cause);                                                            \
    } while (0)

static void products_and_sizes_that_overflow_are_refused(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    const size_t half = hidden(SIZE_MAX / 2 + 1);
    char *block = malloc(16);
    assert_non_null(block);
    strcpy(block, "stays");
    const u64 before = used_now();
    expect_failure(malloc(hidden(SIZE_MAX)), ENOMEM);
    expect_failure(malloc(hidden(PTRDIFF_MAX)), ENOMEM);
    expect_failure(calloc(half, 2), ENOMEM);
    expect_failure(calloc(half, 3), ENOMEM);
    expect_failure(calloc(1, hidden(SIZE_MAX)), ENOMEM);
    expect_failure(reallocarray(hidden_block(block), half, 2), ENOMEM);
    expect_failure(reallocarray(NULL, half, 4), ENOMEM);
    expect_failure(realloc(hidden_block(block), hidden(SIZE_MAX - 8)), ENOMEM);
    expect_failure(pvalloc(hidden(SIZE_MAX - 100)), ENOMEM);
    expect_failure(valloc(hidden(SIZE_MAX)), ENOMEM);
    expect_failure(memalign(64, hidden(SIZE_MAX)), ENOMEM);
    expect_failure(memalign(hidden((size_t)1 << 63), 1), ENOMEM);
    assert_string_equal(block, "stays");
    assert_int_equal(used_now(), before);
    free(block);
}

static void realloc_of_nothing_and_to_nothing(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    const u64 before = used_now();
    char *block = realloc(NULL, hidden(20));
    assert_true(process_heap_owns(block));
    strcpy(block, "nineteen characters");
    block = realloc(block, hidden(5000));
    assert_non_null(block);
    assert_string_equal(block, "nineteen characters");
    block = reallocarray(block, hidden(3), 7);
    assert_non_null(block);
    assert_memory_equal(block, "nineteen characters", 20);
    errno = 77;
    assert_null(realloc(block, hidden(0)));
    assert_int_equal(errno, 77);
    assert_int_equal(used_now(), before);
    void *a = malloc(hidden(0));
    void *b = realloc(NULL, hidden(0));
    void *c = calloc(hidden(0), 8);
    assert_true(a != NULL && b != NULL && c != NULL && a != b && b != c && a != c);
    assert_null(reallocarray(a, hidden(0), 8));
    free(b);
    free(c);
    errno = 77;
    free(NULL);
    assert_int_equal(errno, 77);
    assert_int_equal(malloc_usable_size(NULL), 0);
    assert_int_equal(used_now(), before);
}

static void expect_aligned(void *block, size_t alignment, size_t bytes) {
    assert_non_null(block);
    assert_true(process_heap_owns(block));
    assert_int_equal((uintptr_t)block % alignment, 0);
    assert_true(malloc_usable_size(block) >= bytes);
    memset(block, 1, bytes);
    free(block);
}

static void alignments_are_kept_or_refused(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    const u64 before = used_now();
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t alignment = sizeof(void *); alignment <= 4096; alignment *= 2) {
        void *block = NULL;
        assert_int_equal(posix_memalign(&block, hidden(alignment), 100), 0);
        expect_aligned(block, alignment, 100);
        expect_aligned(aligned_alloc(hidden(alignment), 100), alignment, 100);
        expect_aligned(memalign(hidden(alignment), 100), alignment, 100);
    }
    expect_aligned(memalign(hidden(48), 100), 64, 100);
    expect_aligned(memalign(hidden(0), 100), 16, 100);
    expect_aligned(aligned_alloc(hidden(1), 100), 16, 100);
    expect_aligned(valloc(hidden(100)), page, 100);
    expect_aligned(pvalloc(hidden(100)), page, page);
    expect_failure(aligned_alloc(hidden(0), 100), EINVAL);
    expect_failure(aligned_alloc(hidden(48), 100), EINVAL);
    expect_failure(memalign(hidden(((size_t)1 << 63) + 1), 100), EINVAL);
    void *untouched = memory;
    errno = 77;
    assert_int_equal(posix_memalign(&untouched, hidden(0), 100), EINVAL);
    assert_int_equal(posix_memalign(&untouched, hidden(4), 100), EINVAL);
    assert_int_equal(posix_memalign(&untouched, hidden(24), 100), EINVAL);
    assert_int_equal(posix_memalign(&untouched, 64, hidden(SIZE_MAX)), ENOMEM);
    assert_ptr_equal(untouched, memory);
    assert_int_equal(errno, 77);
    assert_int_equal(used_now(), before);
}

/* -- the life: each in a child -- */

static void work_attached(void) {
    char *old = strdup("from before");
    char *wall = malloc(hidden(16));
    child_check(old != NULL && wall != NULL && !is_in_region(old));
    const u64 bootstrap = process_heap_bootstrap_used();
    process_heap_attach(memory, sizeof(memory));
    char *moved = realloc(old, hidden(100));
    child_check(is_in_region(moved) && strcmp(moved, "from before") == 0);
    child_check(process_heap_bootstrap_used() == bootstrap - 32);
    free(wall);
    child_check(process_heap_bootstrap_used() < bootstrap - 32);
    FILE *file = fopen("/dev/null", "w");
    child_check(file != NULL && is_in_region(file));
    fputs("text", file);
    child_check(fclose(file) == 0);
    free(moved);
    child_check(used_now() == 0);
}

static void libraries_move_to_the_attached_region(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    assert_child_passes(work_attached);
}

static void work_exhausted(void) {
    static void *blocks[REGION_BYTES / 32];
    u32 count = 0;
    struct gauge gauge;
    process_heap_attach(memory, sizeof(memory));
    for (size_t bytes = 1000; bytes > 0; bytes /= 10) {
        errno = 0;
        while ((blocks[count] = malloc(hidden(bytes))) != NULL)
            count++;
        child_check(errno == ENOMEM);
    }
    process_heap_usage(&gauge);
    child_check(gauge.exhausted == 4 && gauge.used == gauge.max && count > 400);
    child_check(calloc(1, hidden(8)) == NULL && realloc(blocks[7], hidden(3000)) == NULL);
    void *aligned = NULL;
    child_check(posix_memalign(&aligned, 4096, hidden(1)) == ENOMEM && aligned == NULL);
    errno = 0;
    child_check(fopen("/dev/null", "r") == NULL && errno == ENOMEM);
    process_heap_usage(&gauge);
    child_check(gauge.exhausted == 8 && gauge.used == gauge.max);
    for (u32 i = 0; i < count; i++)
        free(blocks[i]);
    child_check(used_now() == 0);
    char *all = malloc(hidden(sizeof(memory) - 32));
    child_check(all != NULL);
    memset(all, 1, sizeof(memory) - 32);
    free(all);
}

static void exhaustion_gives_null_and_recovers(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    assert_child_passes(work_exhausted);
}

#define THREADS 4
#define BLOCKS 32u

static void *work_with_others(void *argument) {
    const u64 seed = (u64)(uintptr_t)argument;
    struct prng prng;
    u8 *blocks[BLOCKS] = {0};
    prng_init(&prng, seed);
    for (u32 step = 0; step < 10000; step++) {
        u8 **block = &blocks[prng_below(&prng, BLOCKS)];
        u8 *resized = realloc(*block, 16 + (size_t)prng_below(&prng, 700));
        child_check(resized != NULL);
        for (u32 i = 0; *block != NULL && i < 16; i++)
            child_check(resized[i] == seed);
        memset(resized, (int)seed, 16);
        *block = resized;
        if (prng_below(&prng, 3) > 0) continue;
        free(*block);
        *block = NULL;
    }
    for (u32 i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return NULL;
}

static void work_in_threads(void) {
    pthread_t threads[THREADS];
    process_heap_attach(memory, sizeof(memory));
    for (u32 i = 0; i < THREADS; i++) {
        void *argument = (void *)(uintptr_t)(i + 1);
        child_check(pthread_create(&threads[i], NULL, work_with_others, argument) == 0);
    }
    for (u32 i = 0; i < THREADS; i++)
        child_check(pthread_join(threads[i], NULL) == 0);
}

static void threads_share_it_before_the_seal(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    assert_child_passes(work_in_threads);
}

/* -- sealed -- */

enum misdeed {
    CALL_MALLOC,
    CALL_CALLOC,
    CALL_CALLOC_OVERFLOW,
    CALL_REALLOC,
    CALL_REALLOC_NULL,
    CALL_REALLOCARRAY,
    CALL_FREE,
    CALL_REALLOC_ZERO,
    CALL_POSIX_MEMALIGN,
    CALL_ALIGNED_ALLOC,
    CALL_MEMALIGN,
    CALL_VALLOC,
    CALL_PVALLOC,
    CALL_USABLE_SIZE,
    CALL_STRDUP
};

/* What they return is kept, so that no call is left out. */
static void *volatile result;

static void commit(enum misdeed misdeed, void *kept) {
    void *out = NULL;
    switch (misdeed) {
    case CALL_MALLOC:
        result = malloc(hidden(64));
        break;
    case CALL_CALLOC:
        result = calloc(hidden(4), 16);
        break;
    case CALL_CALLOC_OVERFLOW:
        result = calloc(hidden(SIZE_MAX), 16);
        break;
    case CALL_REALLOC:
        result = realloc(kept, hidden(65));
        break;
    case CALL_REALLOC_NULL:
        result = realloc(NULL, hidden(66));
        break;
    case CALL_REALLOCARRAY:
        result = reallocarray(kept, hidden(5), 20);
        break;
    case CALL_FREE:
        free(kept);
        break;
    case CALL_REALLOC_ZERO:
        result = realloc(kept, hidden(0));
        break;
    case CALL_POSIX_MEMALIGN:
        if (posix_memalign(&out, 64, hidden(67)) == 0) result = out;
        break;
    case CALL_ALIGNED_ALLOC:
        result = aligned_alloc(64, hidden(128));
        break;
    case CALL_MEMALIGN:
        result = memalign(64, hidden(69));
        break;
    case CALL_VALLOC:
        result = valloc(hidden(70));
        break;
    case CALL_PVALLOC:
        result = pvalloc(hidden(71));
        break;
    case CALL_USABLE_SIZE:
        result = (void *)malloc_usable_size(kept);
        break;
    case CALL_STRDUP:
        result = strdup("eight...");
        break;
    }
}

static void commit_after_seal(enum misdeed misdeed) {
    process_heap_attach(memory, sizeof(memory));
    void *kept = malloc(hidden(48));
    process_heap_seal();
    commit(misdeed, kept);
}

#define AFTER_READY "on a data-plane thread after ready, from malloc_test+0x"

static void the_data_plane_dies_of_every_call_after_the_seal(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    static const char *const said[] = {
        [CALL_MALLOC] = "malloc(64) " AFTER_READY,
        [CALL_CALLOC] = "calloc(64) " AFTER_READY,
        [CALL_CALLOC_OVERFLOW] = "calloc(18446744073709551615) " AFTER_READY,
        [CALL_REALLOC] = "realloc(65) " AFTER_READY,
        [CALL_REALLOC_NULL] = "realloc(66) " AFTER_READY,
        [CALL_REALLOCARRAY] = "reallocarray(100) " AFTER_READY,
        [CALL_FREE] = "free(48) " AFTER_READY,
        [CALL_REALLOC_ZERO] = "realloc(48) " AFTER_READY,
        [CALL_POSIX_MEMALIGN] = "posix_memalign(67) " AFTER_READY,
        [CALL_ALIGNED_ALLOC] = "aligned_alloc(128) " AFTER_READY,
        [CALL_MEMALIGN] = "memalign(69) " AFTER_READY,
        [CALL_VALLOC] = "valloc(70) " AFTER_READY,
        [CALL_PVALLOC] = "pvalloc(4096) " AFTER_READY,
        [CALL_USABLE_SIZE] = "malloc_usable_size(48) " AFTER_READY,
        [CALL_STRDUP] = "malloc(9) on a data-plane thread after ready, from libc.so.6+0x",
    };
    for (u32 i = 0; i < KV_ARRAY_LENGTH(said); i++)
        assert_dies(said[i], commit_after_seal((enum misdeed)i));
}

/* The place in the message is that of the call, in the form that addr2line takes. */
static void the_message_tells_where(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    assert_dies("(addr2line -f -e ", commit_after_seal(CALL_MALLOC));
    assert_dies("malloc_test 0x", commit_after_seal(CALL_MALLOC));
}

static void work_sealed_without_allocating(void) {
    process_heap_attach(memory, sizeof(memory));
    process_heap_seal();
    free(NULL);
    child_check(malloc_usable_size(NULL) == 0);
    char text[64];
    child_check(snprintf(text, sizeof(text), "%d %s %.3f", 1, "two", 3.0) == 11);
    child_check(strlen(strerror(ENOMEM)) > 0);
    child_check(process_heap_owns(memory) && used_now() == 0);
}

static void what_does_not_allocate_is_allowed(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    assert_child_passes(work_sealed_without_allocating);
}

/* Two threads that are there before the seal, as the admin plane's is, and wait for it. */
static pthread_barrier_t sealed;

static void *work_as_admin(void *kept) {
    process_heap_join();
    pthread_barrier_wait(&sealed);
    char *copy = strdup("allowed");
    child_check(is_in_region(copy));
    FILE *file = fopen("/dev/null", "w");
    child_check(file != NULL && fclose(file) == 0);
    free(copy);
    free(kept);
    return NULL;
}

static void *work_as_stranger(void *unused) {
    (void)unused;
    pthread_barrier_wait(&sealed);
    result = malloc(hidden(72));
    return NULL;
}

static void seal_beside(void *(*work)(void *)) {
    pthread_t thread;
    process_heap_attach(memory, sizeof(memory));
    void *kept = malloc(hidden(30));
    pthread_barrier_init(&sealed, NULL, 2);
    child_check(pthread_create(&thread, NULL, work, kept) == 0);
    process_heap_seal();
    pthread_barrier_wait(&sealed);
    child_check(pthread_join(thread, NULL) == 0);
}

static void seal_beside_admin(void) {
    seal_beside(work_as_admin);
    process_heap_teardown();
}

static void only_the_thread_that_joined_may_allocate(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    assert_child_passes(seal_beside_admin);
    assert_dies("malloc(72) " AFTER_READY, seal_beside(work_as_stranger));
}

static void *left_to_exit;

static void free_at_exit(void) {
    free(left_to_exit);
    /* _exit, because the standard streams are the parent's. */
    _exit(used_now() == 0 ? 0 : 1);
}

static void exit_after_teardown(void) {
    process_heap_attach(memory, sizeof(memory));
    left_to_exit = malloc(hidden(10));
    atexit(free_at_exit);
    process_heap_seal();
    process_heap_teardown();
    free(malloc(hidden(10)));
    exit(1);
}

static void exit_without_teardown(void) {
    process_heap_attach(memory, sizeof(memory));
    left_to_exit = malloc(hidden(10));
    atexit(free_at_exit);
    process_heap_seal();
    exit(1);
}

static void exit_handlers_may_free_after_teardown_only(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    assert_child_passes(exit_after_teardown);
    assert_dies("free(16) " AFTER_READY, exit_without_teardown());
}

static void free_twice(void) {
    void *block = malloc(hidden(40));
    void *again = hidden_block(block);
    free(block);
    free(again);
}

static void write_past_the_end(void) {
    char *block = malloc(hidden(40));
    memset(hidden_block(block), 0, malloc_usable_size(block) + hidden(1));
    free(block);
}

static void bugs_of_the_caller_abort(void **state) {
    (void)state;
    if (LIBC_HAS_MALLOC) skip();
    assert_dies("put back twice", free_twice());
    assert_dies("somebody wrote past the end", write_past_the_end());
    assert_dies("is not of the process's heap, from malloc_test+0x", free(hidden_block(memory)));
}

int main(void) {
    process_heap_bootstrap_usage(&at_start);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malloc_is_what_was_configured),
        cmocka_unit_test(the_bootstrap_region_is_large_enough),
        cmocka_unit_test(the_c_library_uses_it),
        cmocka_unit_test(calloc_zeroes_reused_memory),
        cmocka_unit_test(products_and_sizes_that_overflow_are_refused),
        cmocka_unit_test(realloc_of_nothing_and_to_nothing),
        cmocka_unit_test(alignments_are_kept_or_refused),
        cmocka_unit_test(libraries_move_to_the_attached_region),
        cmocka_unit_test(exhaustion_gives_null_and_recovers),
        cmocka_unit_test(threads_share_it_before_the_seal),
        cmocka_unit_test(the_data_plane_dies_of_every_call_after_the_seal),
        cmocka_unit_test(the_message_tells_where),
        cmocka_unit_test(what_does_not_allocate_is_allowed),
        cmocka_unit_test(only_the_thread_that_joined_may_allocate),
        cmocka_unit_test(exit_handlers_may_free_after_teardown_only),
        cmocka_unit_test(bugs_of_the_caller_abort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
