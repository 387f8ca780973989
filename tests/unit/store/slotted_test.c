/* Slotted pages: objects keep their slots and bytes, whatever else happens on the page. */
#include <stdlib.h>

#include "kv/prng.h"
#include "kv/slotted.h"

#include "../unit.h"

#define SLOTS_MAX ((PAGE_BYTES - SLOTTED_HEADER_BYTES) / (SLOTTED_SLOT_BYTES + 1))

static int open_page(void **state) {
    u8 *page = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
    assert_non_null(page);
    memset(page, 0xa5, PAGE_BYTES);
    slotted_init(page);
    *state = page;
    return 0;
}

static int close_page(void **state) {
    free(*state);
    return 0;
}

static void fill(u8 *page, u32 slot, u8 seed) {
    u32 len;
    u8 *data = slotted_data(page, slot, &len);
    for (u32 i = 0; i < len; i++)
        data[i] = (u8)(seed + i * 7);
}

/* The first `len` bytes are as `fill` wrote them. */
static bool holds(const u8 *page, u32 slot, u8 seed, u32 len) {
    struct bytes bytes = slotted_get(page, slot);
    if (bytes.len < len) return false;
    for (u32 i = 0; i < len; i++)
        if (bytes.data[i] != (u8)(seed + i * 7)) return false;
    return true;
}

static u32 insert(u8 *page, u32 len, u8 seed) {
    u32 slot = slotted_insert(page, len, 0);
    assert_int_not_equal(slot, SLOT_NONE);
    fill(page, slot, seed);
    slotted_check(page);
    return slot;
}

static void an_empty_page_takes_one_object_of_the_greatest_length(void **state) {
    u8 *page = *state;
    slotted_check(page);
    assert_int_equal(slotted_count(page), 0);
    assert_int_equal(slotted_slots(page), 0);
    assert_int_equal(slotted_free(page), SLOTTED_OBJECT_MAX);
    assert_int_equal(slotted_insert(page, SLOTTED_OBJECT_MAX + 1, 0), SLOT_NONE);
    u32 slot = insert(page, SLOTTED_OBJECT_MAX, 3);
    assert_int_equal(slot, 0);
    assert_true(holds(page, slot, 3, SLOTTED_OBJECT_MAX));
    assert_int_equal(slotted_free(page), 0);
    assert_int_equal(slotted_insert(page, 1, 0), SLOT_NONE);
    slotted_remove(page, slot);
    slotted_check(page);
    assert_int_equal(slotted_free(page), SLOTTED_OBJECT_MAX);
}

static void the_smallest_objects_fill_a_page_to_the_last_byte(void **state) {
    u8 *page = *state;
    for (u32 i = 0; i < SLOTS_MAX; i++)
        assert_int_equal(insert(page, 1, (u8)i), i);
    assert_int_equal(slotted_free(page), 0);
    assert_int_equal(slotted_count(page), SLOTS_MAX);
    for (u32 i = 0; i < SLOTS_MAX; i++)
        assert_true(holds(page, i, (u8)i, 1));
}

static void free_bytes_count_the_slot_unless_a_dead_one_is_there(void **state) {
    u8 *page = *state;
    u32 first = insert(page, 100, 1);
    insert(page, 100, 2);
    u32 full = SLOTTED_OBJECT_MAX - 2 * 104;
    assert_int_equal(slotted_free(page), full);
    slotted_remove(page, first);
    /* The slot stays in the directory, but need not be paid again. */
    assert_int_equal(slotted_free(page), full + 100 + SLOTTED_SLOT_BYTES);
    assert_int_equal(slotted_slots(page), 2);
    assert_int_equal(slotted_count(page), 1);
    assert_int_equal(slotted_insert(page, full + 104, 0), first);
    slotted_check(page);
    assert_int_equal(slotted_free(page), 0);
}

static void a_page_with_less_than_a_slot_left_has_nothing_free(void **state) {
    u8 *page = *state;
    insert(page, SLOTTED_OBJECT_MAX - 2, 1);
    assert_int_equal(slotted_free(page), 0);
    assert_int_equal(slotted_insert(page, 1, 0), SLOT_NONE);
    /* But the object may have those bytes. */
    assert_int_equal(slotted_resize_max(page, 0), SLOTTED_OBJECT_MAX);
    assert_true(slotted_resize(page, 0, SLOTTED_OBJECT_MAX));
    slotted_check(page);
}

static void dead_slots_are_used_again_the_lowest_first(void **state) {
    u8 *page = *state;
    for (u8 i = 0; i < 10; i++)
        insert(page, 20, i);
    slotted_remove(page, 7);
    slotted_remove(page, 2);
    slotted_remove(page, 5);
    slotted_check(page);
    assert_false(slotted_is_live(page, 5));
    assert_int_equal(insert(page, 20, 22), 2);
    assert_int_equal(insert(page, 20, 25), 5);
    assert_int_equal(insert(page, 20, 27), 7);
    assert_int_equal(insert(page, 20, 30), 10);
    for (u8 i = 0; i < 11; i++)
        assert_true(holds(page, i, i == 2 || i == 5 || i == 7 || i == 10 ? (u8)(20 + i) : i, 20));
}

static void the_directory_ends_with_a_live_slot(void **state) {
    u8 *page = *state;
    for (u8 i = 0; i < 10; i++)
        insert(page, 20, i);
    slotted_remove(page, 8);
    slotted_remove(page, 7);
    assert_int_equal(slotted_slots(page), 10);
    slotted_remove(page, 9);
    slotted_check(page);
    assert_int_equal(slotted_slots(page), 7);
    assert_false(slotted_is_live(page, 8));
    assert_int_equal(slotted_free(page), SLOTTED_OBJECT_MAX - 7 * 24);
}

static void flags_belong_to_the_slot(void **state) {
    u8 *page = *state;
    u32 slot = slotted_insert(page, 30, SLOTTED_FRAGMENT | 0xf0);
    fill(page, slot, 9);
    assert_int_equal(slotted_flags(page, slot), SLOTTED_FRAGMENT | 0xf0);
    slotted_set_flags(page, slot, SLOTTED_NEXT);
    assert_int_equal(slotted_flags(page, slot), SLOTTED_NEXT);
    assert_true(slotted_resize(page, slot, 300));
    assert_int_equal(slotted_flags(page, slot), SLOTTED_NEXT);
    assert_true(holds(page, slot, 9, 30));
    slotted_check(page);
}

/* Each way in which room can be found: the hole, the gap, and the hole closed into the gap. */
static void an_object_grows_wherever_its_room_is(void **state) {
    u8 *page = *state;
    insert(page, 1000, 0);
    insert(page, 1000, 1);
    insert(page, 1000, 2);
    u32 rest = slotted_free(page);
    /* At the border of the gap: downwards. */
    assert_true(slotted_resize(page, 2, 1000 + rest));
    assert_true(holds(page, 2, 2, 1000));
    slotted_check(page);
    assert_true(slotted_resize(page, 2, 1000));
    assert_true(holds(page, 2, 2, 1000));
    slotted_check(page);
    /* Into the hole behind it: object 0 lies above object 1. */
    assert_true(slotted_resize(page, 0, 500));
    slotted_check(page);
    slotted_remove(page, 0);
    slotted_check(page);
    assert_true(slotted_resize(page, 1, 1800));
    assert_true(holds(page, 1, 1, 1000));
    slotted_check(page);
    /* With everything there is. */
    u32 max = slotted_resize_max(page, 1);
    assert_int_equal(max, 1800 + slotted_free(page));
    assert_false(slotted_resize(page, 1, max + 1));
    assert_int_equal(slotted_get(page, 1).len, 1800);
    assert_true(slotted_resize(page, 1, max));
    assert_true(holds(page, 1, 1, 1000));
    assert_true(holds(page, 2, 2, 1000));
    slotted_check(page);
    assert_int_equal(slotted_free(page), 0);
}

static void a_surplus_of_dead_slots_is_named_and_can_be_renumbered(void **state) {
    u8 *page = *state;
    for (u8 i = 0; i < 40; i++)
        insert(page, 10, i);
    for (u32 i = 0; i < SLOTTED_DEAD_MAX; i++) {
        slotted_remove(page, 2 * i + 1);
        assert_int_equal(slotted_surplus(page), SLOT_NONE);
    }
    slotted_remove(page, 4);
    assert_int_equal(slotted_surplus(page), 39);
    assert_int_equal(slotted_renumber(page, 39), 1);
    slotted_check(page);
    assert_true(holds(page, 1, 39, 10));
    assert_false(slotted_is_live(page, 39));
    assert_int_equal(slotted_slots(page), 39);
    assert_int_equal(slotted_surplus(page), SLOT_NONE);
    assert_int_equal(insert(page, 10, 50), 3);
}

static void wrong_use_aborts(void **state) {
    u8 *page = *state;
    insert(page, 10, 1);
    assert_dies("len > 0", slotted_insert(page, 0, 0));
    assert_dies("flags <= 0xff", slotted_insert(page, 1, 256));
    assert_dies("slotted_is_live", slotted_remove(page, 1));
    assert_dies("slotted_is_live", slotted_resize(page, 1, 10));
    assert_dies("slotted_is_live", slotted_set_flags(page, 1, 0));
    assert_dies("slot < header->slots", slotted_renumber(page, 0));
    memset(page, 0, PAGE_BYTES);
    assert_dies("SLOTTED_MAGIC", slotted_free(page));
}

static void the_check_sees_what_is_broken(void **state) {
    u8 *page = *state;
    insert(page, 10, 1);
    insert(page, 10, 2);
    u32 *directory = (u32 *)(void *)(page + SLOTTED_HEADER_BYTES);
    u32 word = directory[0];
    directory[0] = directory[1];
    assert_dies("owner[i]++ == 0", slotted_check(page));
    directory[0] = word + 1;
    assert_dies("offset + len <= PAGE_BYTES", slotted_check(page));
    directory[0] = 0;
    assert_dies("live == header->live", slotted_check(page));
    directory[0] = word;
    slotted_check(page);
}

/* -- random histories -- */

struct model {
    u8 *page;
    u32 slots;
    u32 len[SLOTS_MAX]; /* 0: dead */
    u8 seed[SLOTS_MAX];
    u8 flags[SLOTS_MAX];
    u32 used;
    u32 live;
};

static void model_check(const struct model *model) {
    slotted_check(model->page);
    assert_int_equal(slotted_count(model->page), model->live);
    u32 slots = 0;
    for (u32 i = 0; i < SLOTS_MAX; i++) {
        assert_int_equal(slotted_is_live(model->page, i), model->len[i] > 0);
        if (model->len[i] == 0) continue;
        slots = i + 1;
        assert_int_equal(slotted_get(model->page, i).len, model->len[i]);
        assert_int_equal(slotted_flags(model->page, i), model->flags[i]);
        assert_true(holds(model->page, i, model->seed[i], model->len[i]));
    }
    assert_int_equal(slotted_slots(model->page), slots);
    u32 room = PAGE_BYTES - SLOTTED_HEADER_BYTES - slots * SLOTTED_SLOT_BYTES - model->used;
    u32 slot = model->live == slots ? SLOTTED_SLOT_BYTES : 0;
    assert_int_equal(slotted_free(model->page), room > slot ? room - slot : 0);
}

static u32 lowest_dead(const struct model *model) {
    u32 slot = 0;
    while (model->len[slot] > 0)
        slot++;
    return slot;
}

static void model_set(struct model *model, u32 slot, u32 len, u8 seed, u8 flags) {
    model->used += len - model->len[slot];
    model->live -= model->len[slot] > 0;
    model->live += len > 0;
    model->len[slot] = len;
    model->seed[slot] = seed;
    model->flags[slot] = flags;
}

static u32 any_live(const struct model *model, struct prng *prng) {
    u32 n = (u32)prng_below(prng, model->live);
    for (u32 i = 0;; i++)
        if (model->len[i] > 0 && n-- == 0) return i;
}

static void model_step(struct model *model, struct prng *prng, u32 len_max) {
    u8 *page = model->page;
    u32 len = 1 + (u32)prng_below(prng, len_max);
    u8 seed = (u8)prng_next(prng);
    u8 flags = (u8)prng_next(prng);
    u64 dice = prng_below(prng, 10);
    if (dice < 4 || model->live == 0) {
        bool fits = len <= slotted_free(page);
        u32 slot = slotted_insert(page, len, flags);
        assert_int_equal(slot, fits ? lowest_dead(model) : SLOT_NONE);
        if (!fits) return;
        model_set(model, slot, len, seed, flags);
        fill(page, slot, seed);
        return;
    }
    u32 slot = any_live(model, prng);
    if (dice < 7) {
        model_set(model, slot, 0, 0, 0);
        slotted_remove(page, slot);
    } else if (dice < 9) {
        bool fits = len <= slotted_resize_max(page, slot);
        u32 kept = len < model->len[slot] ? len : model->len[slot];
        assert_int_equal(slotted_resize(page, slot, len), fits);
        if (!fits) return;
        assert_true(holds(page, slot, model->seed[slot], kept));
        model_set(model, slot, len, seed, model->flags[slot]);
        fill(page, slot, seed);
    } else if (lowest_dead(model) < slot) {
        u32 to = slotted_renumber(page, slot);
        assert_int_equal(to, lowest_dead(model));
        model_set(model, to, model->len[slot], model->seed[slot], model->flags[slot]);
        model_set(model, slot, 0, 0, 0);
    }
}

static void random_histories_agree_with_a_plain_model(void **state) {
    static const u32 lengths[] = {4, 30, 300, 1500, SLOTTED_OBJECT_MAX};
    for (u64 seed = 0; seed < 40; seed++) {
        struct prng prng;
        struct model model = {.page = *state};
        prng_init(&prng, seed);
        slotted_init(model.page);
        for (u32 step = 0; step < 600; step++) {
            model_step(&model, &prng, lengths[seed % KV_ARRAY_LENGTH(lengths)]);
            model_check(&model);
        }
    }
}

#define PAGE_TEST(name) cmocka_unit_test_setup_teardown(name, open_page, close_page)

int main(void) {
    const struct CMUnitTest tests[] = {
        PAGE_TEST(an_empty_page_takes_one_object_of_the_greatest_length),
        PAGE_TEST(the_smallest_objects_fill_a_page_to_the_last_byte),
        PAGE_TEST(free_bytes_count_the_slot_unless_a_dead_one_is_there),
        PAGE_TEST(a_page_with_less_than_a_slot_left_has_nothing_free),
        PAGE_TEST(dead_slots_are_used_again_the_lowest_first),
        PAGE_TEST(the_directory_ends_with_a_live_slot),
        PAGE_TEST(flags_belong_to_the_slot),
        PAGE_TEST(an_object_grows_wherever_its_room_is),
        PAGE_TEST(a_surplus_of_dead_slots_is_named_and_can_be_renumbered),
        PAGE_TEST(wrong_use_aborts),
        PAGE_TEST(the_check_sees_what_is_broken),
        PAGE_TEST(random_histories_agree_with_a_plain_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
