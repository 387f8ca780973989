#include <stdlib.h>

#include "kv/bounded_heap.h"
#include "kv/poison.h"
#include "kv/prng.h"

#include "../unit.h"

#define REGION_BYTES (256u * 1024)
#define UNIT BOUNDED_HEAP_UNIT

static _Alignas(4096) u8 memory[REGION_BYTES];

static void *get(struct bounded_heap *heap, size_t bytes) {
    void *block = bounded_heap_get(heap, bytes, 1);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % UNIT, 0);
    assert_true(bounded_heap_usable(heap, block) >= bytes);
    return block;
}

/* Nothing is taken, and all of it is one block again. */
static void expect_whole(const struct bounded_heap *heap) {
    bounded_heap_check(heap);
    assert_int_equal(heap->gauge.used, 0);
    assert_int_equal(bounded_heap_largest(heap), heap->gauge.max - UNIT);
}

static void blocks_come_side_by_side_and_join_again(void **state) {
    (void)state;
    struct bounded_heap heap;
    bounded_heap_init(&heap, memory, 1024);
    expect_whole(&heap);
    assert_int_equal(heap.gauge.max, 1024 - UNIT);
    u8 *a = get(&heap, 100);
    u8 *b = get(&heap, 0);
    u8 *c = get(&heap, 16);
    u8 *d = get(&heap, 17);
    assert_ptr_equal(a, memory + UNIT);
    assert_ptr_equal(b, a + 112 + UNIT);
    assert_ptr_equal(c, b + 16 + UNIT);
    assert_ptr_equal(d, c + 16 + UNIT);
    assert_int_equal(bounded_heap_usable(&heap, a), 112);
    assert_int_equal(heap.gauge.used, 128 + 32 + 32 + 48);
    bounded_heap_check(&heap);
    /* With nothing, with what is behind, with what is before, with both. */
    void *blocks[] = {a, c, b, d};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(blocks); i++) {
        bounded_heap_put(&heap, &blocks[i]);
        assert_null(blocks[i]);
        bounded_heap_check(&heap);
    }
    expect_whole(&heap);
    assert_int_equal(heap.gauge.high_water, 240);
    assert_int_equal(heap.gauge.exhausted, 0);
}

static void all_of_the_region_can_be_had(void **state) {
    (void)state;
    static const u32 sizes[] = {48, 64, 80, 1008, 1024, 4095, 65552, REGION_BYTES};
    for (size_t s = 0; s < KV_ARRAY_LENGTH(sizes); s++) {
        struct bounded_heap heap;
        bounded_heap_init(&heap, memory, sizes[s]);
        const u64 largest = bounded_heap_largest(&heap);
        assert_int_equal(largest, sizes[s] / UNIT * UNIT - 2 * (u64)UNIT);
        assert_null(bounded_heap_get(&heap, (size_t)largest + 1, UNIT));
        assert_int_equal(heap.gauge.exhausted, 1);
        void *all = get(&heap, (size_t)largest);
        memset(all, 0x5a, (size_t)largest);
        assert_int_equal(heap.gauge.used, heap.gauge.max);
        assert_int_equal(bounded_heap_largest(&heap), 0);
        assert_null(bounded_heap_get(&heap, 0, UNIT));
        assert_int_equal(heap.gauge.exhausted, 2);
        bounded_heap_put(&heap, &all);
        expect_whole(&heap);
    }
}

/* The largest size that is announced is to be had, and one byte more is not. */
static void the_largest_is_exact(void **state) {
    (void)state;
    struct bounded_heap heap;
    struct prng prng;
    void *blocks[200] = {0};
    prng_init(&prng, 5);
    bounded_heap_init(&heap, memory, REGION_BYTES);
    for (u32 step = 0; step < 3000; step++) {
        void **block = &blocks[prng_below(&prng, 200)];
        if (*block == NULL) {
            *block = bounded_heap_get(&heap, (size_t)prng_below(&prng, 3000), UNIT);
        } else {
            bounded_heap_put(&heap, block);
        }
        const u64 largest = bounded_heap_largest(&heap);
        if (largest == 0) continue;
        assert_null(bounded_heap_get(&heap, (size_t)largest + 1, UNIT));
        void *had = get(&heap, (size_t)largest);
        bounded_heap_put(&heap, &had);
    }
}

static void absurd_sizes_are_refused(void **state) {
    (void)state;
    struct bounded_heap heap;
    bounded_heap_init(&heap, memory, 4096);
    static const size_t sizes[] = {4096,         (size_t)1 << 32, ((size_t)1 << 36) + 5,
                                   SIZE_MAX / 2, SIZE_MAX - UNIT, SIZE_MAX};
    u8 *kept = get(&heap, 8);
    memcpy(kept, "as it is", 8);
    u64 refused = 0;
    for (size_t i = 0; i < KV_ARRAY_LENGTH(sizes); i++) {
        assert_null(bounded_heap_get(&heap, sizes[i], UNIT));
        assert_null(bounded_heap_get(&heap, sizes[i], 4096));
        assert_null(bounded_heap_resize(&heap, kept, sizes[i]));
        refused += 3;
        assert_int_equal(heap.gauge.exhausted, refused);
    }
    assert_null(bounded_heap_get(&heap, 1, (size_t)1 << 63));
    assert_null(bounded_heap_get(&heap, 4000, 2048));
    assert_int_equal(heap.gauge.exhausted, refused + 2);
    assert_memory_equal(kept, "as it is", 8);
    assert_int_equal(heap.gauge.used, 32);
    bounded_heap_check(&heap);
}

static void blocks_are_aligned_as_asked(void **state) {
    (void)state;
    /* From every place that a unit can have, so that every gap before a block comes about. */
    for (u32 shift = 0; shift < 20; shift++) {
        struct bounded_heap heap;
        bounded_heap_init(&heap, memory + (u64)shift * UNIT, REGION_BYTES / 2);
        void *blocks[39] = {0};
        u32 count = 0;
        for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
            for (size_t bytes = 1; bytes <= 900; bytes *= 29) {
                void *block = bounded_heap_get(&heap, bytes, alignment);
                assert_non_null(block);
                assert_int_equal((uintptr_t)block % alignment, 0);
                assert_int_equal((uintptr_t)block % UNIT, 0);
                memset(block, (int)alignment, bytes);
                bounded_heap_check(&heap);
                blocks[count++] = block;
            }
        }
        for (u32 i = 0; i < count; i++)
            bounded_heap_put(&heap, &blocks[(i * 7) % count]);
        expect_whole(&heap);
    }
}

static void exhaustion_changes_nothing(void **state) {
    (void)state;
    struct bounded_heap heap;
    u8 *blocks[64];
    u32 count = 0;
    bounded_heap_init(&heap, memory, 4096);
    while (count < 64 && (blocks[count] = bounded_heap_get(&heap, 48, UNIT)) != NULL) {
        memset(blocks[count], (int)count, 48);
        count++;
    }
    assert_int_equal(count, (4096 - UNIT) / 64);
    assert_int_equal(heap.gauge.exhausted, 1);
    const struct gauge before = heap.gauge;
    assert_null(bounded_heap_get(&heap, 64, UNIT));
    assert_null(bounded_heap_get(&heap, 1, 4096));
    assert_null(bounded_heap_resize(&heap, blocks[3], 49));
    assert_int_equal(heap.gauge.exhausted, 4);
    assert_int_equal(heap.gauge.used, before.used);
    assert_int_equal(heap.gauge.high_water, before.high_water);
    bounded_heap_check(&heap);
    for (u32 i = 0; i < count; i++) {
        for (u32 at = 0; at < 48; at++)
            assert_int_equal(blocks[i][at], i);
    }
    for (u32 i = 0; i < count; i++)
        bounded_heap_put(&heap, (void **)&blocks[i]);
    expect_whole(&heap);
    void *again = get(&heap, 3000);
    bounded_heap_put(&heap, &again);
}

static void a_block_shrinks_in_place(void **state) {
    (void)state;
    struct bounded_heap heap;
    bounded_heap_init(&heap, memory, 4096);
    void *block = get(&heap, 320);
    void *wall = get(&heap, 16);
    /* One unit is too little for a block of its own, and stays. */
    assert_ptr_equal(bounded_heap_resize(&heap, block, 304), block);
    assert_int_equal(bounded_heap_usable(&heap, block), 320);
    assert_ptr_equal(bounded_heap_resize(&heap, block, 288), block);
    assert_int_equal(bounded_heap_usable(&heap, block), 288);
    bounded_heap_check(&heap);
    /* Now what follows is free: one unit goes there. */
    assert_ptr_equal(bounded_heap_resize(&heap, block, 272), block);
    assert_int_equal(bounded_heap_usable(&heap, block), 272);
    assert_ptr_equal(bounded_heap_resize(&heap, block, 0), block);
    assert_int_equal(bounded_heap_usable(&heap, block), 16);
    assert_int_equal(heap.gauge.used, 64);
    bounded_heap_check(&heap);
    bounded_heap_put(&heap, &wall);
    bounded_heap_put(&heap, &block);
    expect_whole(&heap);
}

static void a_block_grows_in_place_or_moves(void **state) {
    (void)state;
    struct bounded_heap heap;
    bounded_heap_init(&heap, memory, 4096);
    u8 *a = get(&heap, 32);
    void *b = get(&heap, 64);
    void *c = get(&heap, 16);
    memcpy(a, "thirty-two bytes of contents....", 32);
    bounded_heap_put(&heap, &b);
    /* Into a part of what is free behind it, then into the rest, which leaves nothing. */
    assert_ptr_equal(bounded_heap_resize(&heap, a, 64), a);
    bounded_heap_check(&heap);
    assert_int_equal(bounded_heap_usable(&heap, a), 64);
    assert_ptr_equal(bounded_heap_resize(&heap, a, 100), a);
    assert_int_equal(bounded_heap_usable(&heap, a), 112);
    bounded_heap_check(&heap);
    u8 *moved = bounded_heap_resize(&heap, a, 113);
    assert_non_null(moved);
    assert_ptr_not_equal(moved, a);
    assert_memory_equal(moved, "thirty-two bytes of contents....", 32);
    assert_int_equal(heap.gauge.used, 144 + 32);
    bounded_heap_check(&heap);
    bounded_heap_put(&heap, (void **)&moved);
    bounded_heap_put(&heap, &c);
    expect_whole(&heap);
}

static void what_belongs_to_the_heap(void **state) {
    (void)state;
    struct bounded_heap heap;
    bounded_heap_init(&heap, memory + 64, 1024);
    assert_false(bounded_heap_owns(&heap, memory + 63));
    assert_true(bounded_heap_owns(&heap, memory + 64));
    assert_true(bounded_heap_owns(&heap, memory + 64 + 1023));
    assert_false(bounded_heap_owns(&heap, memory + 64 + 1024));
    assert_false(bounded_heap_owns(&heap, NULL));
}

/* -- against a model: what each block holds -- */

#define HELD_MAX 300u

struct held {
    u8 *block;
    size_t bytes;
    u8 fill;
};

static void expect_contents(const struct held *held, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(held->block[i], held->fill);
}

static void take_at_random(struct bounded_heap *heap, struct prng *prng, struct held *held) {
    held->bytes = (size_t)prng_below(prng, (u64)1 << (1 + prng_below(prng, 14)));
    held->fill = (u8)prng_next(prng);
    const size_t alignment =
        prng_below(prng, 4) == 0 ? (size_t)1 << prng_below(prng, 13) : (size_t)UNIT;
    held->block = bounded_heap_get(heap, held->bytes, alignment);
    if (held->block == NULL) return;
    assert_int_equal((uintptr_t)held->block % alignment, 0);
    memset(held->block, held->fill, held->bytes);
}

static void resize_at_random(struct bounded_heap *heap, struct prng *prng, struct held *held) {
    const size_t bytes = (size_t)prng_below(prng, (u64)1 << (1 + prng_below(prng, 14)));
    u8 *resized = bounded_heap_resize(heap, held->block, bytes);
    if (resized == NULL) {
        assert_true(bytes > held->bytes);
        return;
    }
    held->block = resized;
    expect_contents(held, bytes < held->bytes ? bytes : held->bytes);
    held->bytes = bytes;
    memset(held->block, held->fill, bytes);
}

static int compare_held(const void *left, const void *right) {
    const struct held *a = left;
    const struct held *b = right;
    return a->block < b->block ? -1 : a->block > b->block;
}

/* All contents are as they were written, no two blocks overlap, and the gauge is their sum. */
static void expect_model(const struct bounded_heap *heap, const struct held *held) {
    struct held sorted[HELD_MAX];
    memcpy(sorted, held, sizeof(sorted));
    qsort(sorted, HELD_MAX, sizeof(sorted[0]), compare_held);
    u64 used = 0;
    const u8 *end = memory;
    for (u32 i = 0; i < HELD_MAX; i++) {
        if (sorted[i].block == NULL) continue;
        const u64 usable = bounded_heap_usable(heap, sorted[i].block);
        assert_true(usable >= sorted[i].bytes);
        assert_true(sorted[i].block >= end + UNIT);
        expect_contents(&sorted[i], sorted[i].bytes);
        end = sorted[i].block + usable;
        used += usable + UNIT;
    }
    assert_true(end <= memory + REGION_BYTES - UNIT);
    assert_int_equal(heap->gauge.used, used);
}

static void random_work_keeps_every_byte(void **state) {
    (void)state;
    for (u64 seed = 1; seed <= 8; seed++) {
        static struct held held[HELD_MAX];
        struct bounded_heap heap;
        struct prng prng;
        memset(held, 0, sizeof(held));
        prng_init(&prng, seed);
        bounded_heap_init(&heap, memory, REGION_BYTES);
        for (u32 step = 0; step < 12000; step++) {
            struct held *one = &held[prng_below(&prng, HELD_MAX)];
            const u64 what = prng_below(&prng, 5);
            if (one->block == NULL) {
                take_at_random(&heap, &prng, one);
            } else if (what == 0) {
                resize_at_random(&heap, &prng, one);
            } else if (what < 3) {
                expect_contents(one, one->bytes);
                bounded_heap_put(&heap, (void **)&one->block);
            }
            if (step % 16 == 0) bounded_heap_check(&heap);
            if (step % 500 == 0) expect_model(&heap, held);
        }
        /* The region is too small for this work on purpose. */
        assert_true(heap.gauge.exhausted > 0);
        assert_true(heap.gauge.high_water <= heap.gauge.max);
        for (u32 i = 0; i < HELD_MAX; i++) {
            if (held[i].block == NULL) continue;
            expect_contents(&held[i], held[i].bytes);
            bounded_heap_put(&heap, (void **)&held[i].block);
        }
        expect_whole(&heap);
    }
}

/* -- misuse -- */

static void foreign_pointers_abort(void **state) {
    (void)state;
    struct bounded_heap heap;
    int outside = 0;
    bounded_heap_init(&heap, memory + 64, 1024);
    u8 *block = get(&heap, 64);
    memset(block, 0, 64);
    void *none = NULL;
    void *elsewhere = &outside;
    void *before = memory;
    void *first_tag = memory + 64;
    void *end = memory + 64 + 1024;
    void *end_mark = memory + 64 + 1024 - UNIT;
    void *inside = block + 32;
    void *odd = block + 1;
    assert_dies("is not of the heap", bounded_heap_put(&heap, &none));
    assert_dies("is not of the heap", bounded_heap_put(&heap, &elsewhere));
    assert_dies("is not of the heap", bounded_heap_put(&heap, &before));
    assert_dies("is not of the heap", bounded_heap_put(&heap, &first_tag));
    assert_dies("is not of the heap", bounded_heap_put(&heap, &end));
    assert_dies("is not the beginning of a block", bounded_heap_put(&heap, &end_mark));
    assert_dies("is not the beginning of a block", bounded_heap_put(&heap, &inside));
    assert_dies("is not the beginning of a block", bounded_heap_put(&heap, &odd));
    assert_dies("is not the beginning of a block", bounded_heap_usable(&heap, inside));
    assert_dies("is not the beginning of a block", bounded_heap_resize(&heap, inside, 1));
    bounded_heap_put(&heap, (void **)&block);
}

static void a_double_put_aborts(void **state) {
    (void)state;
    struct bounded_heap heap;
    bounded_heap_init(&heap, memory, 1024);
    void *a = get(&heap, 64);
    void *b = get(&heap, 64);
    void *c = get(&heap, 64);
    void *a_again = a;
    void *b_again = b;
    bounded_heap_put(&heap, &a);
    assert_dies("put back twice", bounded_heap_put(&heap, &a_again));
    assert_dies("put back twice", bounded_heap_resize(&heap, a_again, 8));
    /* b's tag is inside of a free block now. */
    bounded_heap_put(&heap, &b);
    assert_dies("put back twice", bounded_heap_put(&heap, &b_again));
    bounded_heap_put(&heap, &c);
    assert_dies("put back twice", bounded_heap_put(&heap, &b_again));
}

static void a_write_past_the_end_aborts(void **state) {
    (void)state;
    struct bounded_heap heap;
    bounded_heap_init(&heap, memory, 1024);
    u8 *a = get(&heap, 64);
    u8 *b = get(&heap, 64);
    for (u32 i = 0; i < UNIT; i++) {
        a[64 + i] ^= 1;
        assert_dies("somebody wrote past the end", bounded_heap_put(&heap, (void **)&a));
        assert_dies("boundary tag before it is overwritten", bounded_heap_put(&heap, (void **)&b));
        assert_dies("somebody wrote past the end", bounded_heap_resize(&heap, a, 200));
        assert_dies("somebody wrote past the end", bounded_heap_check(&heap));
        a[64 + i] ^= 1;
    }
    /* The tag before the block that is put back. */
    a[-1] ^= 1;
    assert_dies("somebody wrote past the end", bounded_heap_put(&heap, (void **)&b));
    a[-1] ^= 1;
    bounded_heap_put(&heap, (void **)&a);
    bounded_heap_put(&heap, (void **)&b);
    expect_whole(&heap);
}

static void a_write_after_put_aborts(void **state) {
    (void)state;
    struct bounded_heap heap;
    bounded_heap_init(&heap, memory, 1024);
    u8 *a = get(&heap, 64);
    void *b = get(&heap, 64);
    u8 *stale = a;
    bounded_heap_put(&heap, (void **)&a);
    memset(stale, 0, UNIT);
    assert_dies("after putting it back", bounded_heap_get(&heap, 64, UNIT));
    assert_dies("after putting it back", bounded_heap_put(&heap, &b));
    assert_dies("after putting it back", bounded_heap_check(&heap));
}

static void free_bytes_are_poisoned(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    struct bounded_heap heap;
    bounded_heap_init(&heap, memory, 1024);
    u8 *a = get(&heap, 128);
    assert_null(__asan_region_is_poisoned(a, 128));
    assert_true(__asan_address_is_poisoned(a + 128 + 2 * UNIT));
    assert_ptr_equal(bounded_heap_resize(&heap, a, 32), a);
    assert_true(__asan_address_is_poisoned(a + 32 + 2 * UNIT));
    assert_ptr_equal(bounded_heap_resize(&heap, a, 300), a);
    assert_null(__asan_region_is_poisoned(a, 300));
    u8 *stale = a;
    bounded_heap_put(&heap, (void **)&a);
    assert_true(__asan_address_is_poisoned(stale + UNIT));
    bounded_heap_init(&heap, memory, 48);
    assert_null(__asan_region_is_poisoned(memory, 48));
#else
    skip();
#endif
}

static void misuse_aborts(void **state) {
    (void)state;
    struct bounded_heap heap = {0};
    void *none = NULL;
    assert_dies("magic", bounded_heap_get(&heap, 1, 1));
    assert_dies("magic", bounded_heap_put(&heap, &none));
    assert_dies("magic", bounded_heap_check(&heap));
    assert_dies("bytes", bounded_heap_init(&heap, memory, 47));
    assert_dies("bytes", bounded_heap_init(&heap, memory, BOUNDED_HEAP_BYTES_MAX + 1));
    assert_dies("memory", bounded_heap_init(&heap, memory + 8, 1024));
    bounded_heap_init(&heap, memory, 1024);
    assert_dies("alignment", bounded_heap_get(&heap, 1, 0));
    assert_dies("alignment", bounded_heap_get(&heap, 1, 24));
    heap.gauge.used += UNIT;
    assert_dies("gauge", bounded_heap_check(&heap));
    heap.gauge.used -= UNIT;
    heap.class_map |= 1;
    assert_dies("class_map", bounded_heap_check(&heap));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_come_side_by_side_and_join_again),
        cmocka_unit_test(all_of_the_region_can_be_had),
        cmocka_unit_test(the_largest_is_exact),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(blocks_are_aligned_as_asked),
        cmocka_unit_test(exhaustion_changes_nothing),
        cmocka_unit_test(a_block_shrinks_in_place),
        cmocka_unit_test(a_block_grows_in_place_or_moves),
        cmocka_unit_test(what_belongs_to_the_heap),
        cmocka_unit_test(random_work_keeps_every_byte),
        cmocka_unit_test(foreign_pointers_abort),
        cmocka_unit_test(a_double_put_aborts),
        cmocka_unit_test(a_write_past_the_end_aborts),
        cmocka_unit_test(a_write_after_put_aborts),
        cmocka_unit_test(free_bytes_are_poisoned),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
