#include "kv/budget.h"

#include "../unit.h"

static void rows_are_rounded_to_a_cache_line(void **state) {
    (void)state;
    struct budget budget;
    budget_init(&budget);
    budget_add(&budget, "a.exact", 10, 64, "x");
    budget_add(&budget, "a.odd", 3, 33, "x");
    budget_add(&budget, "a.none", 0, 4096, "x");
    assert_int_equal(budget_row_bytes(budget_find(&budget, "a.exact")), 640);
    assert_int_equal(budget_row_bytes(budget_find(&budget, "a.odd")), 128);
    assert_int_equal(budget_row_bytes(budget_find(&budget, "a.none")), 0);
    const struct budget_row *odd = budget_find(&budget, "a.odd");
    assert_int_equal(odd->count, 3);
    assert_int_equal(odd->unit_bytes, 33);
    assert_string_equal(odd->why, "x");
    assert_false(odd->kernel);
    assert_int_equal(budget_total(&budget), 768);
    assert_null(budget_find(&budget, "a"));
}

static void kernel_rows_count_but_are_not_carved(void **state) {
    (void)state;
    struct budget budget;
    budget_init(&budget);
    budget_add(&budget, "a.a", 1, 64, "x");
    budget_add_kernel(&budget, "net.ring", 3, 100, "x");
    assert_true(budget_find(&budget, "net.ring")->kernel);
    assert_int_equal(budget_row_bytes(budget_find(&budget, "net.ring")), 300);
    assert_int_equal(budget_total(&budget), 364);
    assert_int_equal(budget_arena_total(&budget), 64);
}

static void finish_rounds_to_whole_pages(void **state) {
    (void)state;
    const u64 os_page = (u64)sysconf(_SC_PAGESIZE);
    struct budget budget;
    budget_init(&budget);
    budget_add(&budget, "a.a", 1, 100, "x");
    budget_add_kernel(&budget, "net.ring", 1, 100, "x");
    budget_finish(&budget);
    assert_int_equal(budget_row_bytes(budget_find(&budget, BUDGET_ROUNDING_ROW)), os_page - 128);
    assert_int_equal(budget_arena_total(&budget), os_page);
    assert_int_equal(budget_total(&budget), os_page + 100);

    budget_init(&budget);
    budget_add(&budget, "a.a", 2, os_page, "x");
    budget_finish(&budget);
    assert_int_equal(budget_row_bytes(budget_find(&budget, BUDGET_ROUNDING_ROW)), 0);
    assert_int_equal(budget_arena_total(&budget), 2 * os_page);

    budget_init(&budget);
    budget_finish(&budget);
    assert_int_equal(budget.count, 1);
    assert_int_equal(budget_total(&budget), 0);
}

static void expect_overflow(struct budget *budget) {
    assert_true(budget->overflow);
    assert_true(budget_total(budget) == UINT64_MAX);
    assert_true(budget_arena_total(budget) == UINT64_MAX);
    budget_finish(budget);
    assert_true(budget->overflow);
    assert_true(budget_total(budget) == UINT64_MAX);
}

static void products_and_sums_that_leave_u64_are_seen(void **state) {
    (void)state;
    struct budget budget;
    budget_init(&budget);
    budget_add(&budget, "a.product", (u64)1 << 32, (u64)1 << 32, "x");
    assert_true(budget_row_bytes(&budget.rows[0]) == UINT64_MAX);
    budget_add(&budget, "a.later", 1, 64, "x");
    expect_overflow(&budget);

    budget_init(&budget);
    budget_add(&budget, "a.rounding", UINT64_MAX, 1, "x");
    expect_overflow(&budget);

    budget_init(&budget);
    budget_add(&budget, "a.half", 1, (u64)1 << 63, "x");
    assert_false(budget.overflow);
    budget_add(&budget, "b.half", 1, (u64)1 << 63, "x");
    expect_overflow(&budget);

    budget_init(&budget);
    budget_add_kernel(&budget, "a.kernel", 1, UINT64_MAX, "x");
    assert_false(budget.overflow);
    budget_add(&budget, "b.row", 1, 64, "x");
    expect_overflow(&budget);

    /* Fits, but its rounding to whole pages does not. */
    budget_init(&budget);
    budget_add(&budget, "a.last", UINT64_MAX / 64, 64, "x");
    assert_false(budget.overflow);
    budget_finish(&budget);
    assert_true(budget.overflow);
}

static void misuse_aborts(void **state) {
    (void)state;
    static char names[BUDGET_ROWS_MAX][8];
    struct budget budget;
    budget_init(&budget);
    for (u32 i = 0; i < BUDGET_ROWS_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "r.%u", i);
        budget_add(&budget, names[i], 1, 64, "x");
    }
    assert_int_equal(budget_total(&budget), 64 * BUDGET_ROWS_MAX);
    assert_dies("no place for one.more", budget_add(&budget, "one.more", 1, 64, "x"));
    budget_init(&budget);
    budget_add(&budget, "a.a", 1, 64, "x");
    assert_dies("a.a already", budget_add_kernel(&budget, "a.a", 1, 64, "x"));
    budget_finish(&budget);
    assert_dies("finished before a.b", budget_add(&budget, "a.b", 1, 64, "x"));
    assert_dies("already", budget_finish(&budget));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_rounded_to_a_cache_line),
        cmocka_unit_test(kernel_rows_count_but_are_not_carved),
        cmocka_unit_test(finish_rounds_to_whole_pages),
        cmocka_unit_test(products_and_sums_that_leave_u64_are_seen),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
