#include <stdlib.h>

#include "kv/pages.h"
#include "kv/poison.h"
#include "kv/prng.h"

#include "../unit.h"

#define COUNT 64u

static _Alignas(4096) u8 memory[COUNT * PAGE_BYTES];
static struct page_info info[COUNT + 1];
static u32 deadline[COUNT + 1];

static struct pages make_pages(u32 count) {
    struct pages pages;
    memory_unpoison(memory, sizeof(memory));
    memset(info, 0xff, sizeof(info));
    memset(deadline, 0, sizeof(deadline));
    pages_init(&pages, memory, info, deadline, count);
    return pages;
}

static void init_does_not_touch_the_pages(void **state) {
    (void)state;
    memory_unpoison(memory, sizeof(memory));
    memset(memory, 0xa5, sizeof(memory));
    struct pages pages = make_pages(COUNT);
    assert_int_equal(pages_free_count(&pages), COUNT);
    memory_unpoison(memory, sizeof(memory));
    for (size_t i = 0; i < sizeof(memory); i++)
        assert_int_equal(memory[i], 0xa5);
}

static void low_numbers_come_first(void **state) {
    (void)state;
    struct pages pages = make_pages(COUNT);
    for (u32 i = 1; i <= COUNT; i++) {
        assert_int_equal(pages_get(&pages, PAGE_HEAP), i);
        assert_ptr_equal(pages_data(&pages, i), memory + (i - 1) * PAGE_BYTES);
        memset(pages_data(&pages, i), (int)i, PAGE_BYTES);
    }
    assert_int_equal(pages_get(&pages, PAGE_HEAP), PAGE_NONE);
    assert_int_equal(pages.gauge.exhausted, 1);
    for (u32 i = 1; i <= COUNT; i++)
        assert_int_equal(pages_data(&pages, i)[PAGE_BYTES - 1], i);
}

static void a_fresh_page_is_clean(void **state) {
    (void)state;
    struct pages pages = make_pages(2);
    u32 page = pages_get(&pages, PAGE_HEAP);
    info[page] =
        (struct page_info){.next = 7, .prev = 8, .free_bytes = 9, .kind = PAGE_HEAP, .bin = 10};
    deadline[page] = 11;
    const u32 number = page;
    pages_put(&pages, &page);
    assert_int_equal(page, PAGE_NONE);
    assert_int_equal(deadline[number], DEADLINE_NONE);
    assert_int_equal(pages_get(&pages, PAGE_TREE), number);
    assert_int_equal(info[number].next, PAGE_NONE);
    assert_int_equal(info[number].prev, PAGE_NONE);
    assert_int_equal(info[number].free_bytes, 0);
    assert_int_equal(info[number].kind, PAGE_TREE);
    assert_int_equal(info[number].bin, 0);
    assert_int_equal(deadline[number], DEADLINE_NONE);
}

static void entry_zero_looks_free(void **state) {
    (void)state;
    struct pages pages = make_pages(1);
    assert_int_equal(info[0].kind, PAGE_FREE);
    assert_int_equal(info[0].next, PAGE_NONE);
    assert_int_equal(deadline[0], DEADLINE_NONE);
    assert_int_equal(pages_info_count(pages.count), 2);
}

static void kinds_are_counted(void **state) {
    (void)state;
    struct pages pages = make_pages(COUNT);
    u32 heap = pages_get(&pages, PAGE_HEAP);
    u32 tree = pages_get(&pages, PAGE_TREE);
    const u32 value = pages_get(&pages, PAGE_OVERFLOW);
    assert_int_equal(pages.kind_count[PAGE_HEAP], 1);
    pages_set_kind(&pages, heap, PAGE_DYING);
    assert_int_equal(info[heap].kind, PAGE_DYING);
    assert_int_equal(pages.kind_count[PAGE_HEAP], 0);
    assert_int_equal(pages.kind_count[PAGE_DYING], 1);
    assert_int_equal(pages.gauge.used, 3);
    pages_put(&pages, &heap);
    pages_put(&pages, &tree);
    assert_int_equal(pages.kind_count[PAGE_DYING], 0);
    assert_int_equal(pages.kind_count[PAGE_TREE], 0);
    assert_int_equal(pages.kind_count[PAGE_OVERFLOW], 1);
    assert_int_equal(info[value].kind, PAGE_OVERFLOW);
    assert_int_equal(pages_free_count(&pages), COUNT - 1);
    assert_int_equal(pages.gauge.used, 1);
    assert_int_equal(pages.gauge.high_water, 3);
}

static void any_order_gives_every_page_back_once(void **state) {
    (void)state;
    struct pages pages = make_pages(COUNT);
    struct prng prng;
    u32 held[COUNT];
    u32 count = 0;
    prng_init(&prng, 4);
    for (u32 step = 0; step < 20000; step++) {
        if (count < COUNT && prng_below(&prng, 2) == 0) {
            const enum page_kind kind = (enum page_kind)(1 + prng_below(&prng, 4));
            const u32 page = pages_get(&pages, kind);
            assert_in_range(page, 1, COUNT);
            for (u32 i = 0; i < count; i++)
                assert_int_not_equal(held[i], page);
            held[count++] = page;
        } else if (count > 0) {
            const u32 victim = (u32)prng_below(&prng, count);
            pages_put(&pages, &held[victim]);
            held[victim] = held[--count];
        }
        u32 sum = 0;
        for (u32 kind = 0; kind < PAGE_KINDS; kind++)
            sum += pages.kind_count[kind];
        assert_int_equal(sum, COUNT);
        assert_int_equal(pages_free_count(&pages), COUNT - count);
        assert_int_equal(pages.gauge.used, count);
    }
}

static void no_pages_at_all(void **state) {
    (void)state;
    struct pages pages;
    pages_init(&pages, NULL, info, deadline, 0);
    assert_int_equal(pages_get(&pages, PAGE_HEAP), PAGE_NONE);
}

static void misuse_aborts(void **state) {
    (void)state;
    struct pages pages = make_pages(4);
    u32 page = pages_get(&pages, PAGE_HEAP);
    u32 again = page;
    u32 none = PAGE_NONE;
    u32 beyond = 5;
    assert_dies("PAGE_FREE", pages_get(&pages, PAGE_FREE));
    assert_dies("PAGE_KINDS", pages_get(&pages, PAGE_KINDS));
    assert_dies("PAGE_NONE", pages_put(&pages, &none));
    assert_dies("count", pages_put(&pages, &beyond));
    assert_dies("PAGE_FREE", pages_set_kind(&pages, page, PAGE_FREE));
    assert_dies("count", pages_set_kind(&pages, beyond, PAGE_DYING));
    pages_put(&pages, &page);
    assert_dies("PAGE_FREE", pages_put(&pages, &again));
    assert_dies("PAGE_FREE", pages_set_kind(&pages, again, PAGE_DYING));
    assert_dies("PAGE_BYTES", pages_init(&pages, memory + 64, info, deadline, 1));
    struct pages zero = {0};
    assert_dies("magic", pages_get(&zero, PAGE_HEAP));
}

static void free_pages_are_poisoned(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    struct pages pages = make_pages(2);
    assert_true(__asan_address_is_poisoned(memory));
    u32 page = pages_get(&pages, PAGE_HEAP);
    assert_null(__asan_region_is_poisoned(memory, PAGE_BYTES));
    assert_true(__asan_address_is_poisoned(memory + PAGE_BYTES));
    pages_put(&pages, &page);
    assert_true(__asan_address_is_poisoned(memory + PAGE_BYTES - 1));
#else
    skip();
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_does_not_touch_the_pages),
        cmocka_unit_test(low_numbers_come_first),
        cmocka_unit_test(a_fresh_page_is_clean),
        cmocka_unit_test(entry_zero_looks_free),
        cmocka_unit_test(kinds_are_counted),
        cmocka_unit_test(any_order_gives_every_page_back_once),
        cmocka_unit_test(no_pages_at_all),
        cmocka_unit_test(misuse_aborts),
        cmocka_unit_test(free_pages_are_poisoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
