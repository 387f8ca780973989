#include <stdlib.h>
#include <sys/mman.h>

#include "kv/arena.h"
#include "kv/poison.h"

#include "../unit.h"

#define MIB ((u64)1 << 20)

static char error[ARENA_ERROR_MAX];

static void make_budget(struct budget *budget) {
    budget_init(budget);
    budget_add(budget, "a.odd", 3, 100, "three of 100 B, between rows of pages");
    budget_add(budget, "b.pages", 5, 4096, "pages");
    budget_add_kernel(budget, "net.ring", 1, 8192, "the kernel's");
    budget_add(budget, "c.lines", 7, 64, "cache lines");
    budget_add(budget, "d.none", 0, 64, "nothing");
    budget_add(budget, "e.pages", 2, 8192, "more pages");
    budget_finish(budget);
}

/* Pages of address space that this process has mapped. */
static u64 mapped_pages(void) {
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%llu", &pages) != 1) abort();
    fclose(file);
    return pages;
}

static bool is_aligned(const void *memory, u64 alignment) {
    return (uintptr_t)memory % alignment == 0;
}

static void rows_are_carved_to_the_byte_in_any_order(void **state) {
    (void)state;
    struct budget budget;
    struct arena arena;
    make_budget(&budget);
    assert_true(arena_init(&arena, &budget, true, error));
    assert_string_equal(error, "");
    assert_int_equal(arena.size, budget_arena_total(&budget));
    assert_int_equal(arena.size % (u64)sysconf(_SC_PAGESIZE), 0);
    assert_true(is_aligned(arena.base, 2 * MIB));

    u8 *more = arena_carve(&arena, "e.pages", 2, 8192);
    u8 *odd = arena_carve(&arena, "a.odd", 3, 100);
    u8 *lines = arena_carve(&arena, "c.lines", 7, 64);
    u8 *pages = arena_carve(&arena, "b.pages", 5, 4096);
    assert_null(arena_carve(&arena, "d.none", 0, 64));
    assert_true(is_aligned(more, 4096));
    assert_true(is_aligned(pages, 4096));
    assert_true(is_aligned(odd, BUDGET_ALIGNMENT));
    assert_true(is_aligned(lines, BUDGET_ALIGNMENT));
    assert_int_equal(arena.used, arena.size);

    /* Each row is filled with its own byte: none may reach into another. */
    u8 *const rows[] = {more, odd, lines, pages};
    const u64 sizes[] = {16384, 320, 448, 20480};
    for (u32 i = 0; i < 4; i++) {
        assert_true(rows[i] >= arena.base && rows[i] + sizes[i] <= arena.base + arena.size);
        for (u64 at = 0; at < sizes[i]; at++)
            assert_int_equal(rows[i][at], 0);
        memset(rows[i], (int)i + 1, sizes[i]);
    }
    for (u32 i = 0; i < 4; i++) {
        for (u64 at = 0; at < sizes[i]; at++)
            assert_int_equal(rows[i][at], i + 1);
    }
    arena_account_kernel(&arena, "net.ring", 8192);
    arena_seal(&arena);
    assert_true(arena.sealed);
    arena_deinit(&arena);
    assert_null(arena.base);
}

static void everything_is_there_before_the_first_carve(void **state) {
    (void)state;
    struct budget budget;
    struct arena arena;
    static unsigned char resident[8 * 256];
    budget_init(&budget);
    /* Not a multiple of a huge page. */
    budget_add(&budget, "a.pages", 5 * 256 + 3, 4096, "x");
    budget_finish(&budget);
    assert_true(arena_init(&arena, &budget, true, error));
    const u64 pages = arena.size / (u64)sysconf(_SC_PAGESIZE);
    assert_true(pages <= sizeof(resident));
    /* In steps: the last one is shorter. */
    bool more = true;
    u32 steps = 0;
    for (; more; steps++)
        assert_true(arena_populate(&arena, 2 << 20, &more, error));
    assert_int_equal(steps, 3);
    assert_int_equal(mincore(arena.base, arena.size, resident), 0);
    for (u64 i = 0; i < pages; i++)
        assert_int_equal(resident[i] & 1, 1);
    arena_deinit(&arena);
}

static void exactly_the_budget_is_mapped_and_unmapped(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* the sanitizer maps memory of its own meanwhile */
#else
    struct budget budget;
    struct arena arena;
    budget_init(&budget);
    budget_add(&budget, "a.pages", 1000, 4096, "x");
    budget_add(&budget, "b.odd", 1, 12345, "x");
    budget_finish(&budget);
    (void)mapped_pages();
    const u64 before = mapped_pages();
    assert_true(arena_init(&arena, &budget, true, error));
    assert_int_equal((mapped_pages() - before) * (u64)sysconf(_SC_PAGESIZE), budget_total(&budget));
    arena_deinit(&arena);
    assert_int_equal(mapped_pages(), before);
#endif
}

static void an_arena_of_nothing(void **state) {
    (void)state;
    struct budget budget;
    struct arena arena;
    budget_init(&budget);
    budget_add(&budget, "a.none", 0, 4096, "x");
    budget_finish(&budget);
    assert_true(arena_init(&arena, &budget, true, error));
    assert_null(arena_carve(&arena, "a.none", 0, 4096));
    arena_seal(&arena);
    arena_deinit(&arena);
}

static void a_budget_that_overflows_is_refused(void **state) {
    (void)state;
    struct budget budget;
    struct arena arena;
    budget_init(&budget);
    budget_add(&budget, "a.huge", UINT64_MAX, UINT64_MAX, "x");
    budget_finish(&budget);
    assert_false(arena_init(&arena, &budget, true, error));
    assert_non_null(strstr(error, "2^64"));
    assert_null(arena.base);
}

static void more_than_the_address_space_is_refused(void **state) {
    (void)state;
    static const u64 sizes[] = {(u64)1 << 62, UINT64_MAX - 2 * MIB + 1, UINT64_MAX - 65535};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(sizes); i++) {
        struct budget budget;
        struct arena arena;
        char number[32];
        budget_init(&budget);
        budget_add(&budget, "a.huge", sizes[i] / 4096, 4096, "x");
        budget_finish(&budget);
        assert_false(budget.overflow);
        (void)mapped_pages();
        assert_false(arena_init(&arena, &budget, true, error));
        snprintf(number, sizeof(number), "%llu bytes (", (unsigned long long)sizes[i]);
        assert_non_null(strstr(error, number));
        assert_non_null(strstr(error, "EB): Cannot allocate memory; lower"));
        assert_non_null(strstr(error, "--budget"));
        assert_true(strlen(error) < ARENA_ERROR_MAX - 1);
        assert_null(arena.base);
    }
}

#ifndef __SANITIZE_ADDRESS__
/* Runs in a child: the address space is there, but the limit on data does not allow it. */
static void fail_for_lack_of_memory(void) {
    struct budget budget;
    struct arena arena;
    const struct rlimit limit = {.rlim_cur = MIB, .rlim_max = MIB};
    budget_init(&budget);
    budget_add(&budget, "a.pages", 16384, 4096, "x");
    budget_finish(&budget);
    if (setrlimit(RLIMIT_DATA, &limit) != 0) return;
    (void)mapped_pages();
    const u64 before = mapped_pages();
    const bool done = arena_init(&arena, &budget, true, error);
    if (!done && arena.base == NULL && mapped_pages() == before) {
        fprintf(stderr, "%s\n", error);
        abort();
    }
}
#endif

static void too_little_memory_is_refused_and_nothing_stays_mapped(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* the sanitizer itself cannot live under the limit */
#else
    assert_dies("cannot reserve 67108864 bytes (64.0 MB): Cannot allocate memory; lower",
                fail_for_lack_of_memory());
#endif
}

static void carving_anything_but_the_plan_aborts(void **state) {
    (void)state;
    struct budget budget;
    struct arena arena;
    make_budget(&budget);
    assert_true(arena_init(&arena, &budget, true, error));
    assert_dies("x.x is not in the budget", arena_carve(&arena, "x.x", 1, 64));
    assert_dies("planned 3 x 100, carved 4 x 100", arena_carve(&arena, "a.odd", 4, 100));
    assert_dies("planned 3 x 100, carved 3 x 104", arena_carve(&arena, "a.odd", 3, 104));
    assert_dies("net.ring is for the kernel", arena_carve(&arena, "net.ring", 1, 8192));
    assert_dies("a.odd is for the arena", arena_account_kernel(&arena, "a.odd", 320));
    assert_dies("planned 8192 bytes, the kernel mapped 4096",
                arena_account_kernel(&arena, "net.ring", 4096));
    const struct budget_row *rounding = budget_find(&budget, BUDGET_ROUNDING_ROW);
    assert_dies("carved twice", arena_carve(&arena, rounding->name, 1, rounding->unit_bytes));
    assert_non_null(arena_carve(&arena, "a.odd", 3, 100));
    assert_dies("a.odd is carved twice", arena_carve(&arena, "a.odd", 3, 100));
    assert_null(arena_carve(&arena, "d.none", 0, 64));
    assert_dies("d.none is carved twice", arena_carve(&arena, "d.none", 0, 64));
    arena_account_kernel(&arena, "net.ring", 0);
    assert_dies("net.ring is carved twice", arena_account_kernel(&arena, "net.ring", 8192));
    arena_deinit(&arena);
}

static void the_seal_wants_every_row_and_ends_carving(void **state) {
    (void)state;
    struct budget budget;
    struct arena arena;
    make_budget(&budget);
    assert_true(arena_init(&arena, &budget, true, error));
    arena_carve(&arena, "a.odd", 3, 100);
    arena_carve(&arena, "b.pages", 5, 4096);
    arena_carve(&arena, "e.pages", 2, 8192);
    assert_dies("c.lines: planned 448 bytes, carved 0", arena_seal(&arena));
    arena_carve(&arena, "c.lines", 7, 64);
    /* The row of nothing and the kernel's row, which this host does without, may be left out. */
    arena_seal(&arena);
    assert_dies("d.none is carved after the seal", arena_carve(&arena, "d.none", 0, 64));
    assert_dies("after the seal", arena_account_kernel(&arena, "net.ring", 8192));
    assert_dies("sealed", arena_seal(&arena));
    arena_deinit(&arena);
    assert_dies("magic", arena_carve(&arena, "a.odd", 3, 100));
    assert_dies("magic", arena_deinit(&arena));
}

static void an_unfinished_budget_aborts(void **state) {
    (void)state;
    struct budget budget;
    struct arena arena;
    budget_init(&budget);
    budget_add(&budget, "a.a", 1, 64, "x");
    assert_dies("rounding", arena_init(&arena, &budget, true, error));
}

static void what_is_not_carved_is_poisoned(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    struct budget budget;
    struct arena arena;
    make_budget(&budget);
    assert_true(arena_init(&arena, &budget, true, error));
    u8 *base = arena.base;
    assert_true(__asan_address_is_poisoned(base));
    u8 *pages = arena_carve(&arena, "b.pages", 5, 4096);
    assert_null(__asan_region_is_poisoned(pages, 5 * 4096));
    assert_true(__asan_address_is_poisoned(pages + 5 * 4096));
    arena_deinit(&arena);
    assert_false(__asan_address_is_poisoned(base + 5 * 4096));
#else
    skip();
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_carved_to_the_byte_in_any_order),
        cmocka_unit_test(everything_is_there_before_the_first_carve),
        cmocka_unit_test(exactly_the_budget_is_mapped_and_unmapped),
        cmocka_unit_test(an_arena_of_nothing),
        cmocka_unit_test(a_budget_that_overflows_is_refused),
        cmocka_unit_test(more_than_the_address_space_is_refused),
        cmocka_unit_test(too_little_memory_is_refused_and_nothing_stays_mapped),
        cmocka_unit_test(carving_anything_but_the_plan_aborts),
        cmocka_unit_test(the_seal_wants_every_row_and_ends_carving),
        cmocka_unit_test(an_unfinished_budget_aborts),
        cmocka_unit_test(what_is_not_carved_is_poisoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
