#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "kv/prng.h"
#include "kv/process_heap.h"

#include "child.h"

/* This program keeps libc's malloc; the heap's own functions are called, each life in a child. */

#define REGION_BYTES (256u * 1024)
#define CALL call_from_here()

static _Alignas(64) u8 memory[REGION_BYTES];

__attribute__((noinline)) static struct process_heap_call call_from_here(void) {
    return (struct process_heap_call){"test", __builtin_return_address(0)};
}

static bool is_in_region(const void *block) {
    return (u64)((uintptr_t)block - (uintptr_t)memory) < sizeof(memory);
}

static void work_before_attach(void) {
    struct gauge gauge;
    process_heap_usage(&gauge);
    child_check(gauge.used == 0 && gauge.max == PROCESS_HEAP_BOOTSTRAP_BYTES - 16);
    void *block = process_heap_get(100, 64, CALL);
    child_check(block != NULL && (uintptr_t)block % 64 == 0);
    child_check(process_heap_owns(block) && !is_in_region(block));
    child_check(process_heap_usable(block, CALL) >= 100);
    child_check(process_heap_bootstrap_used() >= 112);
    errno = 77;
    process_heap_put(&block, CALL);
    child_check(block == NULL && errno == 77);
    child_check(process_heap_bootstrap_used() == 0);
    child_check(!process_heap_owns(&gauge) && !process_heap_owns(NULL));
}

static void blocks_come_from_bootstrap_first(void **state) {
    (void)state;
    assert_child_passes(work_before_attach);
}

static void work_after_attach(void) {
    struct gauge gauge;
    void *old = process_heap_get(1000, 16, CALL);
    char *text = process_heap_get(32, 16, CALL);
    char *wall = process_heap_get(32, 16, CALL);
    const u64 used_before = process_heap_bootstrap_used();
    strcpy(text, "a text from before");
    process_heap_attach(memory, sizeof(memory));
    child_check(process_heap_owns(text) && process_heap_owns(memory));
    process_heap_usage(&gauge);
    child_check(gauge.used == 0 && gauge.max == sizeof(memory) - 16);
    /* What was there goes back to where it came from. */
    process_heap_put(&old, CALL);
    child_check(process_heap_bootstrap_used() == used_before - 1024);
    void *fresh = process_heap_get(1000, 16, CALL);
    child_check(is_in_region(fresh));
    /* Smaller stays, larger moves and takes the contents along. */
    child_check(process_heap_resize(text, 20, CALL) == text);
    char *moved = process_heap_resize(text, 33, CALL);
    child_check(is_in_region(moved) && strcmp(moved, "a text from before") == 0);
    child_check(process_heap_bootstrap_used() == 48);
    process_heap_usage(&gauge);
    child_check(gauge.used == 1024 + 64);
    process_heap_put((void **)&wall, CALL);
    process_heap_put((void **)&moved, CALL);
    process_heap_put(&fresh, CALL);
    child_check(process_heap_bootstrap_used() == 0);
    process_heap_usage(&gauge);
    child_check(gauge.used == 0 && gauge.high_water == 1024 + 64 && gauge.exhausted == 0);
}

static void blocks_of_bootstrap_outlive_it(void **state) {
    (void)state;
    assert_child_passes(work_after_attach);
}

static void work_until_full(void) {
    struct gauge gauge;
    struct gauge bootstrap_before;
    struct gauge bootstrap_after;
    char *old = process_heap_get(32, 16, CALL);
    strcpy(old, "kept");
    process_heap_attach(memory, 4096);
    void *most = process_heap_get(4000, 16, CALL);
    child_check(most != NULL);
    process_heap_bootstrap_usage(&bootstrap_before);
    errno = 0;
    child_check(process_heap_get(200, 16, CALL) == NULL && errno == ENOMEM);
    errno = 0;
    child_check(process_heap_get(SIZE_MAX, 16, CALL) == NULL && errno == ENOMEM);
    errno = 0;
    child_check(process_heap_resize(most, 5000, CALL) == NULL && errno == ENOMEM);
    errno = 0;
    /* There would be room in the bootstrap region, but nobody goes back there. */
    child_check(process_heap_resize(old, 200, CALL) == NULL && errno == ENOMEM);
    child_check(strcmp(old, "kept") == 0);
    child_check(process_heap_resize(old, 1, CALL) == old);
    process_heap_usage(&gauge);
    child_check(gauge.exhausted == 4 && gauge.used == 4016);
    process_heap_bootstrap_usage(&bootstrap_after);
    child_check(bootstrap_after.exhausted == 0);
    child_check(bootstrap_after.high_water == bootstrap_before.high_water);
    process_heap_put(&most, CALL);
    most = process_heap_get(4000, 16, CALL);
    child_check(most != NULL);
}

static void a_full_heap_gives_nothing_and_recovers(void **state) {
    (void)state;
    assert_child_passes(work_until_full);
}

/* -- the seal -- */

static void seal_with(void **kept) {
    process_heap_attach(memory, sizeof(memory));
    *kept = process_heap_get(40, 16, CALL);
    process_heap_seal();
}

static void *call_get(void *unused) {
    (void)unused;
    return process_heap_get(48, 16, CALL);
}

static void call_after_seal(void (*body)(void *kept)) {
    void *kept;
    seal_with(&kept);
    body(kept);
}

static void get_after_seal(void *kept) {
    (void)kept;
    process_heap_get(64, 16, CALL);
}
static void absurd_get_after_seal(void *kept) {
    (void)kept;
    process_heap_get(SIZE_MAX, 16, CALL);
}
static void resize_after_seal(void *kept) {
    process_heap_resize(kept, 65, CALL);
}
static void put_after_seal(void *kept) {
    process_heap_put(&kept, CALL);
}
static void usable_after_seal(void *kept) {
    process_heap_usable(kept, CALL);
}
static void get_in_a_thread_after_seal(void *kept) {
    (void)kept;
    pthread_t thread;
    if (pthread_create(&thread, NULL, call_get, NULL) == 0) pthread_join(thread, NULL);
}

static void the_data_plane_may_not_call_after_the_seal(void **state) {
    (void)state;
    assert_dies("test(64) on a data-plane thread after ready, from process_heap_test+0x",
                call_after_seal(get_after_seal));
    assert_dies("(addr2line -f -e ", call_after_seal(get_after_seal));
    assert_dies("test(18446744073709551615) on a", call_after_seal(absurd_get_after_seal));
    assert_dies("test(65) on a data-plane thread", call_after_seal(resize_after_seal));
    assert_dies("test(48) on a data-plane thread", call_after_seal(put_after_seal));
    assert_dies("test(48) on a data-plane thread", call_after_seal(usable_after_seal));
    assert_dies("test(48) on a data-plane thread", call_after_seal(get_in_a_thread_after_seal));
}

static void call_from_nowhere(void *kept) {
    (void)kept;
    process_heap_get(64, 16, (struct process_heap_call){"test", NULL});
}
static void call_from_data(void *kept) {
    (void)kept;
    void *from_heap = malloc(1);
    process_heap_get(64, 16, (struct process_heap_call){"test", from_heap});
}

static void a_place_outside_of_every_module_is_named_too(void **state) {
    (void)state;
    assert_dies("from (nil), which is in no module", call_after_seal(call_from_nowhere));
    assert_dies("which is in no module", call_after_seal(call_from_data));
}

static void *work_as_joined(void *unused) {
    (void)unused;
    process_heap_join();
    void *block = process_heap_get(100, 16, CALL);
    child_check(is_in_region(block));
    block = process_heap_resize(block, 1000, CALL);
    child_check(process_heap_usable(block, CALL) >= 1000);
    process_heap_put(&block, CALL);
    return NULL;
}

static void join_after_seal(void) {
    void *kept;
    pthread_t thread;
    struct gauge gauge;
    seal_with(&kept);
    child_check(pthread_create(&thread, NULL, work_as_joined, NULL) == 0);
    child_check(pthread_join(thread, NULL) == 0);
    process_heap_usage(&gauge);
    child_check(gauge.used == 64);
    process_heap_teardown();
    process_heap_put(&kept, CALL);
    kept = process_heap_get(10, 16, CALL);
    child_check(is_in_region(kept));
}

static void a_thread_that_joined_may_and_all_may_at_the_end(void **state) {
    (void)state;
    assert_child_passes(join_after_seal);
}

/* -- many threads -- */

#define THREADS 4
#define BLOCKS 64u

static void *work_with_others(void *argument) {
    const u64 seed = (u64)(uintptr_t)argument;
    struct prng prng;
    u8 *blocks[BLOCKS] = {0};
    prng_init(&prng, seed);
    for (u32 step = 0; step < 20000; step++) {
        u8 **block = &blocks[prng_below(&prng, BLOCKS)];
        if (*block == NULL) {
            *block = process_heap_get(16 + (size_t)prng_below(&prng, 600), 16, CALL);
            if (*block != NULL) memset(*block, (int)seed, 16);
        } else {
            for (u32 i = 0; i < 16; i++)
                child_check((*block)[i] == seed);
            process_heap_put((void **)block, CALL);
        }
    }
    for (u32 i = 0; i < BLOCKS; i++) {
        if (blocks[i] != NULL) process_heap_put((void **)&blocks[i], CALL);
    }
    return NULL;
}

static void work_in_threads(void) {
    pthread_t threads[THREADS];
    struct gauge gauge;
    process_heap_attach(memory, sizeof(memory));
    for (u32 i = 0; i < THREADS; i++) {
        void *argument = (void *)(uintptr_t)(i + 1);
        child_check(pthread_create(&threads[i], NULL, work_with_others, argument) == 0);
    }
    for (u32 i = 0; i < 1000; i++) {
        process_heap_usage(&gauge);
        child_check(gauge.used <= gauge.high_water && gauge.high_water <= gauge.max);
    }
    for (u32 i = 0; i < THREADS; i++)
        child_check(pthread_join(threads[i], NULL) == 0);
    process_heap_usage(&gauge);
    child_check(gauge.used == 0 && gauge.high_water > 0);
}

static void threads_do_not_disturb_each_other(void **state) {
    (void)state;
    assert_child_passes(work_in_threads);
}

/* -- misuse -- */

static void attach_twice(void) {
    process_heap_attach(memory, sizeof(memory));
    process_heap_attach(memory, sizeof(memory));
}
static void attach_after_teardown(void) {
    process_heap_teardown();
    process_heap_attach(memory, sizeof(memory));
}
static void seal_twice(void) {
    process_heap_attach(memory, sizeof(memory));
    process_heap_seal();
    process_heap_seal();
}
static void teardown_twice(void) {
    process_heap_teardown();
    process_heap_teardown();
}
static void put_twice(void) {
    void *block = process_heap_get(10, 16, CALL);
    void *again = block;
    process_heap_put(&block, CALL);
    process_heap_put(&again, CALL);
}
static void put_foreign(void) {
    void *block = memory + 64;
    process_heap_put(&block, CALL);
}

static void misuse_aborts(void **state) {
    (void)state;
    assert_dies("attached twice", attach_twice());
    assert_dies("attached twice", attach_after_teardown());
    assert_dies("before it is attached", process_heap_seal());
    assert_dies("or twice", seal_twice());
    assert_dies("torn down twice", teardown_twice());
    assert_dies("put back twice", put_twice());
    assert_dies("is not of the process's heap, from process_heap_test+0x", put_foreign());
}

static void libc_keeps_its_malloc_here(void **state) {
    (void)state;
    assert_false(process_heap_is_malloc());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_come_from_bootstrap_first),
        cmocka_unit_test(blocks_of_bootstrap_outlive_it),
        cmocka_unit_test(a_full_heap_gives_nothing_and_recovers),
        cmocka_unit_test(the_data_plane_may_not_call_after_the_seal),
        cmocka_unit_test(a_place_outside_of_every_module_is_named_too),
        cmocka_unit_test(a_thread_that_joined_may_and_all_may_at_the_end),
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(misuse_aborts),
        cmocka_unit_test(libc_keeps_its_malloc_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
