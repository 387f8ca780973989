/* The heap: objects keep their bytes through splitting, evacuation, renumbering and replacement,
 * and what a reservation promises can be had. */
#include "heap_world.h"

#define OBJECTS_MAX 400u

/* Reserves and puts in one. */
static void put(struct world *world, u32 id, u32 head_len, u32 len) {
    assert_true(heap_reserve(&world->heap, 0, heap_object_cost(len)));
    world_put(world, id, head_len, len);
    heap_release(&world->heap);
}

static void replace(struct world *world, u32 id, u32 head_len, u32 len) {
    assert_true(heap_reserve(&world->heap, 0, heap_object_cost(len)));
    world_replace(world, id, head_len, len);
    heap_release(&world->heap);
}

/* Takes free pages until `left` are free. */
static void take_until(struct world *world, u32 left) {
    while (pages_free_count(&world->pages) > left)
        world_take(world);
}

/* -- one thing at a time -- */

static void an_object_lies_in_one_piece_where_a_page_has_room(void **state) {
    (void)state;
    struct world *world = world_open(4, 100, 10, 1);
    put(world, 0, 10, 10);
    put(world, 1, 100, 3000);
    put(world, 2, 4, SLOTTED_OBJECT_MAX);
    world_check(world);
    for (u32 id = 0; id < 3; id++)
        assert_false(heap_is_split(&world->heap, world->objects[id].handle));
    assert_int_equal(world->pages.kind_count[PAGE_HEAP], 2);
    assert_int_equal(world->heap.live_bytes, 10 + 3000 + SLOTTED_OBJECT_MAX + 3 * 4);
    for (u32 id = 0; id < 3; id++)
        world_remove(world, id);
    world_check(world);
    assert_int_equal(pages_free_count(&world->pages), 4);
    assert_int_equal(world->heap.live_bytes, 0);
    assert_int_equal(world->heap.usable, 0);
    world_close(world);
}

static void the_best_fit_is_taken(void **state) {
    (void)state;
    struct world *world = world_open(4, 100, 10, 1);
    put(world, 0, 10, 3000);
    put(world, 1, 10, 2000);
    put(world, 2, 10, 2500);
    assert_int_equal(world->pages.kind_count[PAGE_HEAP], 3);
    put(world, 3, 10, 900);
    assert_int_equal(heap_handle_page(world->objects[3].handle),
                     heap_handle_page(world->objects[0].handle));
    put(world, 4, 10, 1200);
    assert_int_equal(heap_handle_page(world->objects[4].handle),
                     heap_handle_page(world->objects[2].handle));
    world_check(world);
    world_close(world);
}

static void an_object_longer_than_a_page_fills_a_page_and_a_rest(void **state) {
    (void)state;
    struct world *world = world_open(20, 3096, 10, 1);
    put(world, 0, 3096, 3096 + 4095);
    assert_true(heap_is_split(&world->heap, world->objects[0].handle));
    world_check(world);
    heap_handle piece = world->objects[0].handle;
    struct bytes first = heap_next_piece(&world->heap, &piece);
    assert_true(first.len >= 3096);
    assert_int_not_equal(piece, 0);
    struct bytes second = heap_next_piece(&world->heap, &piece);
    assert_int_equal(piece, 0);
    assert_int_equal(first.len + second.len, 3096 + 4095);
    world_remove(world, 0);
    world_check(world);
    assert_int_equal(pages_free_count(&world->pages), 20);
    /* Just too long, so that the head has next to no body beside it. */
    put(world, 1, 40, SLOTTED_OBJECT_MAX + 1);
    put(world, 2, 4, 2 * SLOTTED_OBJECT_MAX - 20);
    world_check(world);
    world_close(world);
}

/* Two pages of which each has 1400 bytes left, and no other page. */
static struct world *two_nearly_full_pages(u32 head_max) {
    struct world *world = world_open(2, head_max, 20, 1);
    put(world, 0, 20, SLOTTED_OBJECT_MAX - 1400);
    put(world, 1, 20, SLOTTED_OBJECT_MAX - 1400);
    assert_int_equal(pages_free_count(&world->pages), 0);
    return world;
}

static void an_object_that_fits_no_page_is_split_over_several(void **state) {
    (void)state;
    struct world *world = two_nearly_full_pages(100);
    put(world, 2, 100, 1500);
    assert_true(heap_is_split(&world->heap, world->objects[2].handle));
    assert_int_equal(world->heap.splits, 1);
    world_check(world);
    world_replace(world, 2, 90, 1500);
    world_check(world);
    world_remove(world, 2);
    world_check(world);
    world_close(world);
}

static void a_full_heap_refuses_and_changes_nothing(void **state) {
    (void)state;
    struct world *world = two_nearly_full_pages(100);
    assert_false(heap_can_reserve(&world->heap, 0, heap_object_cost(2900)));
    assert_false(heap_reserve(&world->heap, 0, heap_object_cost(2900)));
    assert_false(heap_reserve(&world->heap, 1, 0));
    assert_false(heap_can_reserve(&world->heap, 1, 0));
    assert_false(heap_reserve(&world->heap, 3, 0));
    assert_false(heap_can_reserve(&world->heap, 3, 0));
    assert_false(heap_reserve(&world->heap, UINT32_MAX, UINT64_MAX / 2));
    heap_release(&world->heap);
    world_check(world);
    put(world, 2, 4, 1390);
    world_check(world);
    world_close(world);
}

static void an_empty_heap_reserves_exactly_what_there_is(void **state) {
    (void)state;
    struct world *world = world_open(3, 100, 4, 1);
    assert_true(heap_reserve(&world->heap, 3, 0));
    for (u32 i = 0; i < 3; i++)
        world_take(world);
    heap_release(&world->heap);
    assert_true(heap_reserve(&world->heap, 0, 0));
    heap_release(&world->heap);
    assert_false(heap_reserve(&world->heap, 1, 0));
    assert_false(heap_reserve(&world->heap, 0, 5));
    world_give_back(world, 1);
    assert_false(heap_reserve(&world->heap, 1, heap_object_cost(4)));
    assert_true(heap_reserve(&world->heap, 0, SLOTTED_OBJECT_MAX));
    heap_release(&world->heap);
    world_close(world);
}

static void promised_pages_are_not_taken_for_objects(void **state) {
    (void)state;
    struct world *world = world_open(4, 100, 20, 1);
    put(world, 0, 20, 2000);
    put(world, 1, 20, 2500);
    /* Two pages are free: one may become the heap's. */
    assert_true(heap_reserve(&world->heap, 1, 3 * heap_object_cost(1900)));
    world_put(world, 2, 50, 1900);
    world_put(world, 3, 50, 1900);
    world_put(world, 4, 50, 1900);
    assert_int_equal(pages_free_count(&world->pages), 1);
    world_check(world);
    world_take(world);
    /* Others may put pages back and take them again. */
    world_give_back(world, 1);
    world_take(world);
    heap_release(&world->heap);
    world_check(world);
    world_close(world);
}

static void several_objects_fit_where_one_page_was_promised(void **state) {
    (void)state;
    struct world *world = world_open(3, 1000, 100, 1);
    put(world, 0, 20, 3500);
    put(world, 1, 20, 3600);
    take_until(world, 0);
    /* Less than the waste is free on each page, but it is enough for all of these. */
    u64 cost = 0;
    u32 count = 0;
    while (cost + heap_object_cost(30 + count % 9) <= SLOTTED_OBJECT_MAX - 3500 - 8)
        cost += heap_object_cost(30 + count++ % 9);
    assert_true(cost < world->heap.waste);
    assert_true(heap_reserve(&world->heap, 0, cost));
    for (u32 i = 0; i < count; i++)
        world_put(world, 2 + i, 30, 30 + i % 9);
    heap_release(&world->heap);
    world_check(world);
    world_close(world);
}

/* `count` pages, no other, of which each has `left` bytes free and four objects: 4 * page - 4 to
 * 4 * page - 1. */
static struct world *pages_with_room(u32 count, u32 head_max, u32 left) {
    struct world *world = world_open(count + 1, head_max, OBJECTS_MAX, 1);
    u32 len = SLOTTED_OBJECT_MAX - 4 * SLOTTED_SLOT_BYTES - left;
    for (u32 id = 0; id < 4 * count; id++) {
        put(world, id, 20, len / 4 + (id % 4 == 0 ? len % 4 : 0));
        assert_int_equal(heap_handle_page(world->objects[id].handle), id / 4 + 1);
    }
    take_until(world, 0);
    for (u32 page = 1; page <= count; page++)
        assert_int_equal(slotted_free(pages_data(&world->pages, page)), left);
    return world;
}

/* The page that a promise rests on is found, though 20 others, which have less room, come before it
 * in its bin. */
static void a_promise_is_kept_when_objects_are_removed_meanwhile(void **state) {
    (void)state;
    struct world *world = pages_with_room(21, 1000, 140);
    world_replace(world, 0, 20, world->objects[0].len - 30);
    u32 haven = heap_handle_page(world->objects[0].handle);
    for (u32 id = 100; id < 121; id++)
        put(world, id, 20, 80);
    for (u32 id = 100; id < 121; id++)
        if (heap_handle_page(world->objects[id].handle) == haven) world_remove(world, id);
    assert_int_equal(slotted_free(pages_data(&world->pages, haven)), 170);
    assert_true(heap_reserve(&world->heap, 0, heap_object_cost(165)));
    for (u32 id = 100; id < 121; id++)
        if (world->objects[id].handle != 0) world_remove(world, id);
    world_put(world, 121, 20, 165);
    heap_release(&world->heap);
    assert_int_equal(heap_handle_page(world->objects[121].handle), haven);
    world_check(world);
    world_close(world);
}

/* The page that a promise rests on may become free: then there is another one. */
static void a_promise_is_kept_when_its_page_is_freed_meanwhile(void **state) {
    (void)state;
    struct world *world = world_open(1, 1000, OBJECTS_MAX, 1);
    put(world, 0, 20, 1000);
    assert_true(heap_reserve(&world->heap, 0, heap_object_cost(2000)));
    assert_int_equal(world->heap.haven, 1);
    world_remove(world, 0);
    assert_int_equal(pages_free_count(&world->pages), 1);
    world_check(world);
    world_put(world, 1, 20, 2000);
    heap_release(&world->heap);
    world_check(world);
    world_close(world);
}

/* A body that is shorter than a piece may be leaves a long head alone: else pages that have room
 * for the head, but not for both, would be of no use. */
static void a_long_head_may_part_from_a_short_body(void **state) {
    (void)state;
    struct world *world = pages_with_room(16, 600, 690);
    assert_int_equal(world->heap.waste, 640);
    put(world, 100, 590, 700);
    heap_handle piece = world->objects[100].handle;
    assert_true(heap_is_split(&world->heap, piece));
    assert_int_equal(heap_next_piece(&world->heap, &piece).len, 624);
    assert_int_equal(heap_next_piece(&world->heap, &piece).len, 76);
    assert_int_equal(piece, 0);
    world_check(world);
    /* It stays the only piece that is too short. */
    assert_false(heap_fits_in_place(&world->heap, world->objects[100].handle, 590, 740));
    world_replace(world, 100, 20, 700);
    assert_true(heap_is_split(&world->heap, world->objects[100].handle));
    world_check(world);
    world_close(world);
}

/* An object of less than two pieces has paid for no joint, so it may not keep one. */
static void a_short_object_does_not_stay_in_pieces(void **state) {
    (void)state;
    struct world *world = pages_with_room(4, 100, 690);
    put(world, 100, 20, 744);
    heap_handle handle = world->objects[100].handle;
    assert_int_equal(heap_first(&world->heap, handle).len, 60);
    const u8 *page = pages_data(&world->pages, heap_handle_page(handle));
    for (u32 id = 101; slotted_free(page) >= WORLD_HEAD_MIN; id++)
        put(world, id, WORLD_HEAD_MIN, u32_min(300, slotted_free(page)));
    assert_false(heap_fits_in_place(&world->heap, handle, 20, 300));
    assert_true(heap_fits_in_place(&world->heap, handle, 20, 370));
    world_replace(world, 100, 20, 370);
    world_check(world);
    world_close(world);
}

/* Cutting a few bytes off makes a piece longer, by its link: a page without room for that cannot be
 * evacuated, and nothing happens. */
static void a_cut_that_has_no_room_for_its_link_is_not_made(void **state) {
    (void)state;
    struct world *world = pages_with_room(80, 600, 60);
    world_remove(world, 3);
    put(world, 350, 600, 626);
    assert_int_equal(world->objects[350].handle, heap_handle_make(1, 3));
    u32 room = slotted_free(pages_data(&world->pages, 1)) + SLOTTED_SLOT_BYTES;
    world_replace(world, 0, 20, world->objects[0].len + room);
    assert_int_equal(slotted_free(pages_data(&world->pages, 1)), 0);
    assert_int_equal(world->heap.bin_head[0], 1);
    u64 splits = world->heap.splits;
    assert_false(heap_reserve(&world->heap, 1, 0));
    assert_int_equal(world->heap.splits, splits);
    world_check(world);
    world_close(world);
}

static void the_emptiest_page_is_evacuated_when_a_page_is_wanted(void **state) {
    (void)state;
    struct world *world = world_open(4, 100, 200, 1);
    for (u32 id = 0; id < 120; id++)
        put(world, id, 20, 100);
    assert_int_equal(world->pages.kind_count[PAGE_HEAP], 4);
    for (u32 id = 0; id < 120; id++)
        if (id % 3 != 0) world_remove(world, id);
    world_check(world);
    assert_int_equal(pages_free_count(&world->pages), 0);
    assert_true(heap_reserve(&world->heap, 2, 0));
    world_check(world);
    world_take(world);
    world_take(world);
    heap_release(&world->heap);
    assert_int_equal(world->heap.evacuations, 2);
    assert_true(world->moves > 0);
    world_check(world);
    world_close(world);
}

static void evacuation_splits_what_fits_no_other_page(void **state) {
    (void)state;
    struct world *world = world_open(3, 100, 20, 1);
    put(world, 0, 20, 2800);
    put(world, 1, 20, 2900);
    put(world, 2, 20, 2000);
    assert_true(heap_reserve(&world->heap, 1, 0));
    world_take(world);
    heap_release(&world->heap);
    assert_true(heap_is_split(&world->heap, world->objects[2].handle));
    world_check(world);
    /* And again, pieces this time. */
    world_give_back(world, 1);
    world_remove(world, 0);
    take_until(world, 1);
    put(world, 3, 20, 3000);
    world_check(world);
    world_close(world);
}

/* With heads of up to 1000 bytes allowed, 900 free bytes per page count for nothing; but when the
 * heads that are there are small, they can be had. */
static void room_is_made_beyond_what_the_theorem_promises(void **state) {
    (void)state;
    struct world *world = world_open(8, 1000, 200, 1);
    for (u32 id = 0; id < 8; id++)
        put(world, id, 20, 3150);
    assert_int_equal(pages_free_count(&world->pages), 0);
    assert_int_equal(world->heap.usable, 0);
    assert_false(heap_can_reserve(&world->heap, 0, heap_object_cost(3000)));
    put(world, 8, 20, 3000);
    put(world, 9, 20, 2500);
    world_check(world);
    /* More than the bytes that are left. */
    assert_false(heap_reserve(&world->heap, 0, heap_object_cost(3000)));
    world_check(world);
    world_close(world);
}

static void removals_renumber_so_that_dead_slots_stay_few(void **state) {
    (void)state;
    struct world *world = world_open(2, 100, 200, 1);
    for (u32 id = 0; id < 100; id++)
        put(world, id, 10, 20);
    for (u32 id = 0; id < 60; id++) {
        world_remove(world, id);
        world_check(world);
    }
    assert_true(world->moves > 0);
    assert_true(slotted_slots(pages_data(&world->pages, 1)) <= 40 + SLOTTED_DEAD_MAX);
    world_close(world);
}

/* Object 100 with a head and one other piece, both on one page, in its last two slots: the head in
 * the last one when `head_last`. All other slots are dead but for one more than there may be. */
static struct world *both_pieces_on_one_page(bool head_last) {
    struct world *world = world_open(2, 100, OBJECTS_MAX, 1);
    u32 room = head_last ? 1500 : 1200;
    world_take(world);
    for (u32 id = 1; id <= SLOTTED_DEAD_MAX; id++)
        put(world, id, 20, 20);
    u32 rest = slotted_free(pages_data(&world->pages, 2)) - SLOTTED_SLOT_BYTES - room;
    /* The page is full but for `room`, and so is the other but for the rest of 2700. */
    put(world, 0, 20, 1000);
    world_replace(world, 0, 20, rest);
    world_give_back(world, 1);
    put(world, 200, 20, SLOTTED_OBJECT_MAX - SLOTTED_SLOT_BYTES - (2700 - room));
    put(world, 100, 20, 1700);
    assert_true(heap_is_split(&world->heap, world->objects[100].handle));
    /* Now the other page goes. */
    world_remove(world, 200);
    world_replace(world, 0, 20, 1200);
    assert_true(heap_reserve(&world->heap, 1, 0));
    world_take(world);
    heap_release(&world->heap);
    assert_int_equal(heap_handle_slot(world->objects[100].handle),
                     SLOTTED_DEAD_MAX + 1 + (head_last ? 1 : 0));
    for (u32 id = 1; id <= SLOTTED_DEAD_MAX; id++)
        world_remove(world, id);
    assert_int_equal(slotted_slots(pages_data(&world->pages, 2)), SLOTTED_DEAD_MAX + 3);
    world_check(world);
    return world;
}

static void an_object_is_removed_though_its_own_pieces_are_renumbered(void **state) {
    (void)state;
    struct world *world = both_pieces_on_one_page(false);
    u64 moves = world->moves;
    world_remove(world, 100);
    assert_int_equal(world->moves, moves);
    world_check(world);
    assert_int_equal(slotted_count(pages_data(&world->pages, 2)), 1);
    world_close(world);
}

static void an_object_is_replaced_though_its_own_head_is_renumbered(void **state) {
    (void)state;
    struct world *world = both_pieces_on_one_page(true);
    u64 moves = world->moves;
    world_replace(world, 100, 30, 200);
    assert_int_equal(world->moves, moves + 1);
    assert_false(heap_is_split(&world->heap, world->objects[100].handle));
    world_check(world);
    world_close(world);
}

static void an_object_grows_and_shrinks_in_its_place(void **state) {
    (void)state;
    struct world *world = world_open(1, 100, 20, 1);
    put(world, 0, 20, 1000);
    put(world, 1, 20, 1000);
    heap_handle handle = world->objects[0].handle;
    assert_true(heap_fits_in_place(&world->heap, handle, 20, 3072));
    assert_false(heap_fits_in_place(&world->heap, handle, 20, 3073));
    /* No reservation is needed for these. */
    world_replace(world, 0, 20, 3072);
    world_check(world);
    world_replace(world, 0, 30, 30);
    world_check(world);
    assert_int_equal(world->objects[0].handle, handle);
    assert_int_equal(world->moves, 0);
    world_close(world);
}

static void a_replacement_that_fits_no_more_goes_elsewhere(void **state) {
    (void)state;
    struct world *world = world_open(3, 100, 20, 1);
    put(world, 0, 20, 1000);
    put(world, 1, 20, 3000);
    assert_false(heap_fits_in_place(&world->heap, world->objects[0].handle, 20, 2000));
    heap_handle handle = world->objects[0].handle;
    replace(world, 0, 20, 2000);
    assert_int_not_equal(world->objects[0].handle, handle);
    assert_int_equal(world->moves, 1);
    world_check(world);
    /* Alone on its page, and the page does not become free before the new one is there. */
    replace(world, 1, 20, 4500);
    world_check(world);
    world_close(world);
}

static void a_split_object_is_replaced_in_its_pieces(void **state) {
    (void)state;
    struct world *world = two_nearly_full_pages(100);
    put(world, 2, 20, 1500);
    heap_handle handle = world->objects[2].handle;
    assert_true(heap_is_split(&world->heap, handle));
    for (u32 page = 1; page <= 2; page++) {
        const u8 *data = pages_data(&world->pages, page);
        for (u32 id = 2 + page; slotted_free(data) >= WORLD_HEAD_MIN; id += 2)
            put(world, id, WORLD_HEAD_MIN, u32_min(300, slotted_free(data)));
    }
    struct bytes first = heap_first(&world->heap, handle);
    /* The same length, a little less, a little more: no reservation. */
    static const u32 lengths[] = {1500, 1400, 1420, 1390};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(lengths); i++) {
        assert_true(heap_fits_in_place(&world->heap, handle, 24, lengths[i]));
        world_replace(world, 2, 24, lengths[i]);
        assert_int_equal(world->objects[2].handle, handle);
        world_check(world);
    }
    /* A last piece would be too short: this is no place for it. */
    assert_false(heap_fits_in_place(&world->heap, handle, 24, first.len + 100));
    /* Less than the first piece: it is whole again. */
    world_replace(world, 2, 24, (u32)first.len - 10);
    assert_false(heap_is_split(&world->heap, world->objects[2].handle));
    world_check(world);
    world_close(world);
}

static void a_growing_object_pays_from_the_reservation(void **state) {
    (void)state;
    struct world *world = world_open(1, 100, 20, 1);
    put(world, 0, 20, 1000);
    assert_true(heap_reserve(&world->heap, 0, heap_object_cost(500)));
    world_replace(world, 0, 20, 1100);
    assert_int_equal(world->heap.reserved_cost, heap_object_cost(500) - 100);
    assert_dies("reserved_cost", world_replace(world, 0, 20, 2000));
    heap_release(&world->heap);
    world_close(world);
}

static void wrong_use_aborts(void **state) {
    (void)state;
    struct world *world = world_open(3, 100, 20, 1);
    struct heap *heap = &world->heap;
    put(world, 0, 20, 50);
    assert_dies("heap->reserved", world_put(world, 1, 20, 30));
    assert_true(heap_reserve(heap, 0, heap_object_cost(30)));
    assert_dies("!heap->reserved", (void)heap_reserve(heap, 0, 1));
    assert_dies("reserved_cost", world_put(world, 1, 20, 31));
    assert_dies("head_max", world_put(world, 1, 101, 101));
    assert_dies("head.len > 0", world_put(world, 1, 0, 10));
    heap_release(heap);
    assert_dies("slotted_is_live", heap_remove(heap, world->objects[0].handle + 1));
    assert_dies("HEAP_HEAD_LIMIT", heap_waste(HEAP_HEAD_LIMIT + 1));
    assert_dies("moved != NULL", heap_init(heap, &world->pages, 1, NULL, NULL));
    /* Others take more than they were promised. */
    take_until(world, 1);
    assert_true(heap_reserve(heap, 0, heap_object_cost(4050)));
    take_until(world, 0);
    assert_dies("page != PAGE_NONE", world_put(world, 1, 4, 4050));
    heap_release(heap);
    heap->magic++;
    assert_dies("HEAP_MAGIC", heap_remove(heap, world->objects[0].handle));
    world_close(world);
}

static void the_check_sees_what_is_broken(void **state) {
    (void)state;
    struct world *world = two_nearly_full_pages(100);
    struct heap *heap = &world->heap;
    put(world, 2, 20, 1500);
    heap->usable++;
    assert_dies("usable", heap_check(heap));
    heap->usable--;
    heap->cost++;
    assert_dies("cost", heap_check(heap));
    heap->cost--;
    world->info[1].free_bytes++;
    assert_dies("free_bytes", heap_check(heap));
    world->info[1].free_bytes--;
    heap->bin_map ^= 1;
    assert_dies("bin_map", heap_check(heap));
    heap->bin_map ^= 1;
    heap_handle handle = world->objects[2].handle;
    u8 *link = (u8 *)(uintptr_t)heap_first(heap, handle).data - HEAP_LINK_BYTES;
    link[0] ^= 1;
    assert_dies("assertion failed", heap_check(heap));
    link[0] ^= 1;
    heap_check(heap);
    world_close(world);
}

/* -- the budget's numbers -- */

static void costs_and_bounds_are_what_they_say(void **state) {
    (void)state;
    assert_int_equal(heap_object_cost(1), 5);
    assert_int_equal(heap_object_cost(2 * HEAP_PIECE_MIN - 1), 2 * HEAP_PIECE_MIN + 3);
    assert_int_equal(heap_object_cost(2 * HEAP_PIECE_MIN), 2 * HEAP_PIECE_MIN + 4 + 2 * 16);
    assert_int_equal(heap_object_cost(5000), 5004 + 16 * (5000 / HEAP_PIECE_MIN));
    assert_int_equal(heap_waste(1), 2 * HEAP_PIECE_MIN + 16);
    assert_int_equal(heap_waste(1048), 1088);
    assert_int_equal(heap_waste(3096), 3136);
    for (u32 head_max = 1; head_max <= HEAP_HEAD_LIMIT; head_max++) {
        assert_int_equal(heap_waste(head_max) % HEAP_BIN_BYTES, 0);
        assert_true(heap_waste(head_max) >= head_max + 16);
        assert_true(heap_waste(head_max) < HEAP_PAGE_BYTES);
    }
    assert_int_equal(heap_pages_bound(100, 0), 0);
    assert_int_equal(heap_pages_bound(100, 1), 1);
    u64 page = HEAP_PAGE_BYTES - heap_waste(100);
    assert_int_equal(heap_pages_bound(100, page - 64), 1);
    assert_int_equal(heap_pages_bound(100, page - 63), 2);
    assert_int_equal(heap_pages_bound(100, 1000 * page), 1001);
}

/* -- random histories -- */

static u32 any_object(struct world *world, bool live) {
    u32 start = world_below(world, world->objects_max);
    for (u32 i = 0; i < world->objects_max; i++) {
        u32 id = (start + i) % world->objects_max;
        if ((world->objects[id].handle != 0) == live) return id;
    }
    return UINT32_MAX;
}

static void any_lengths(struct world *world, u32 *head_len, u32 *len) {
    static const u32 body_max[] = {10, 100, 700, 4096, 5900};
    *head_len = WORLD_HEAD_MIN + world_below(world, world->heap.head_max - WORLD_HEAD_MIN + 1);
    if (world_below(world, 2)) *head_len = u32_min(*head_len, WORLD_HEAD_MIN + 40);
    *len = *head_len + world_below(world, body_max[world_below(world, 5)]);
}

/* Reserves; a refusal must be one that the theorem does not forbid. */
static bool reserve(struct world *world, u32 pages, u64 cost) {
    bool certain = heap_can_reserve(&world->heap, pages, cost);
    u64 others =
        world->pages.count - world->pages.kind_count[PAGE_HEAP] - pages_free_count(&world->pages);
    u64 bound = heap_pages_bound(world->heap.head_max, world->cost + cost);
    bool theorem = world->pages.count >= others + pages + bound;
    assert_true(certain || !theorem);
    bool done = heap_reserve(&world->heap, pages, cost);
    assert_true(done || !certain);
    return done;
}

static void step_put(struct world *world) {
    u32 head_len[3];
    u32 len[3];
    u64 cost = 0;
    u32 count = 1 + world_below(world, 3);
    u32 pages = world_below(world, 3) == 0 ? world_below(world, 4) : 0;
    for (u32 i = 0; i < count; i++) {
        any_lengths(world, &head_len[i], &len[i]);
        cost += heap_object_cost(len[i]);
    }
    if (!reserve(world, pages, cost)) return;
    u32 pages_first = pages == 0 ? 0 : world_below(world, pages + 1);
    for (u32 i = 0; i < pages_first; i++)
        world_take(world);
    for (u32 i = 0; i < count; i++) {
        u32 id = any_object(world, false);
        if (id != UINT32_MAX) world_put(world, id, head_len[i], len[i]);
    }
    for (u32 i = pages_first; i < pages; i++)
        world_take(world);
    heap_release(&world->heap);
}

static void step_replace(struct world *world, u32 id) {
    u32 head_len;
    u32 len;
    const struct object *object = &world->objects[id];
    any_lengths(world, &head_len, &len);
    if (world_below(world, 3) == 0 && object->len > 100) {
        /* Something like what it was. */
        head_len = object->head_len;
        len = u32_max(head_len, object->len - 50 + world_below(world, 100));
    }
    if (world_below(world, 4) == 0 && object->len >= head_len) len = object->len;
    bool in_place = heap_fits_in_place(&world->heap, object->handle, head_len, len);
    heap_handle handle = object->handle;
    if (in_place) {
        u64 moves = world->moves;
        world_replace(world, id, head_len, len);
        /* It may still be renumbered, when pieces of it go. */
        if (world->moves == moves) assert_int_equal(object->handle, handle);
    } else if (reserve(world, 0, heap_object_cost(len))) {
        if (object->handle == handle) world_replace(world, id, head_len, len);
        heap_release(&world->heap);
    }
}

static void step(struct world *world, u32 inclination) {
    u32 dice = world_below(world, 100);
    u32 id = any_object(world, true);
    if (dice < inclination || id == UINT32_MAX)
        step_put(world);
    else if (dice < 70)
        world_remove(world, id);
    else if (dice < 95)
        step_replace(world, id);
    else
        world_give_back(world, world_below(world, world->taken_count + 1));
}

static void random_history(u32 pages, u32 head_max, u64 seed, u32 steps) {
    struct world *world = world_open(pages, head_max, OBJECTS_MAX, seed);
    u32 inclination = 50;
    for (u32 i = 0; i < steps; i++) {
        /* Waves of filling and emptying. */
        if (i % 100 == 0) inclination = 10 + world_below(world, 60);
        step(world, inclination);
        world_check(world);
    }
    world_close(world);
}

static void random_histories_agree_with_a_plain_model(void **state) {
    (void)state;
    static const u32 head_max[] = {40, 300, 1048, 3096};
    for (u64 seed = 0; seed < 40; seed++)
        random_history(4 + (u32)seed % 13, head_max[seed % 4], seed, 400);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_lies_in_one_piece_where_a_page_has_room),
        cmocka_unit_test(the_best_fit_is_taken),
        cmocka_unit_test(an_object_longer_than_a_page_fills_a_page_and_a_rest),
        cmocka_unit_test(an_object_that_fits_no_page_is_split_over_several),
        cmocka_unit_test(a_full_heap_refuses_and_changes_nothing),
        cmocka_unit_test(an_empty_heap_reserves_exactly_what_there_is),
        cmocka_unit_test(promised_pages_are_not_taken_for_objects),
        cmocka_unit_test(several_objects_fit_where_one_page_was_promised),
        cmocka_unit_test(a_promise_is_kept_when_objects_are_removed_meanwhile),
        cmocka_unit_test(a_promise_is_kept_when_its_page_is_freed_meanwhile),
        cmocka_unit_test(a_long_head_may_part_from_a_short_body),
        cmocka_unit_test(a_short_object_does_not_stay_in_pieces),
        cmocka_unit_test(a_cut_that_has_no_room_for_its_link_is_not_made),
        cmocka_unit_test(the_emptiest_page_is_evacuated_when_a_page_is_wanted),
        cmocka_unit_test(evacuation_splits_what_fits_no_other_page),
        cmocka_unit_test(room_is_made_beyond_what_the_theorem_promises),
        cmocka_unit_test(removals_renumber_so_that_dead_slots_stay_few),
        cmocka_unit_test(an_object_is_removed_though_its_own_pieces_are_renumbered),
        cmocka_unit_test(an_object_is_replaced_though_its_own_head_is_renumbered),
        cmocka_unit_test(an_object_grows_and_shrinks_in_its_place),
        cmocka_unit_test(a_replacement_that_fits_no_more_goes_elsewhere),
        cmocka_unit_test(a_split_object_is_replaced_in_its_pieces),
        cmocka_unit_test(a_growing_object_pays_from_the_reservation),
        cmocka_unit_test(wrong_use_aborts),
        cmocka_unit_test(the_check_sees_what_is_broken),
        cmocka_unit_test(costs_and_bounds_are_what_they_say),
        cmocka_unit_test(random_histories_agree_with_a_plain_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
