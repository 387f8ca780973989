/* The theorem above heap_reserve, against histories that try to break it: with
 * P = W + heap_pages_bound(B) pages, W whole pages and objects of cost B can always be had. */
#include "heap_world.h"

/* Objects that a world may hold: the smallest ones are put in smaller numbers. */
#define OBJECTS_MAX 3000u

struct contract {
    u32 pages;
    u32 head_max;
    u32 whole; /* W */
    u32 seeds;
};

/* What a phase puts. */
enum diet {
    DIET_SMALL,       /* some tens of bytes */
    DIET_LONG_HEADS,  /* next to nothing but a head of the greatest length */
    DIET_CUT_TO_FIT,  /* as long as leaves just less than the waste on a page of its own */
    DIET_LONG_BODIES, /* small head, body of about a page */
    DIET_OVERSIZE,    /* the greatest head and a body of a page */
    DIET_MIXED,
    DIETS
};

/* What a phase removes. */
enum hunt {
    HUNT_RANDOM,      /* most objects */
    HUNT_ALTERNATING, /* every second one, in the order of putting */
    HUNT_SPARSE,      /* all but one object of each page */
    HUNT_TAILS,       /* objects that are not split, so that fragments stay */
    HUNTS
};

static u64 cost_max(const struct contract *contract) {
    u64 page = HEAP_PAGE_BYTES - heap_waste(contract->head_max);
    u64 cost = (contract->pages - contract->whole) * page - 64;
    assert_int_equal(contract->whole + heap_pages_bound(contract->head_max, cost), contract->pages);
    return cost;
}

static void choose(struct world *world, enum diet diet, u32 *head_len, u32 *len) {
    u32 head_max = world->heap.head_max;
    if (diet == DIET_MIXED) diet = (enum diet)world_below(world, DIET_MIXED);
    *head_len = WORLD_HEAD_MIN + world_below(world, u32_min(head_max, 48) - WORLD_HEAD_MIN + 1);
    switch (diet) {
    case DIET_SMALL:
        *len = *head_len + world_below(world, 90);
        break;
    case DIET_LONG_HEADS:
        *head_len = head_max - world_below(world, 3);
        *len = *head_len + world_below(world, 3);
        break;
    case DIET_CUT_TO_FIT:
        *len = SLOTTED_OBJECT_MAX - world->heap.waste + world_below(world, 40);
        break;
    case DIET_LONG_BODIES:
        *len = *head_len + 3000 + world_below(world, 1096);
        break;
    default:
        *head_len = head_max;
        *len = head_max + 3500 + world_below(world, 596);
        break;
    }
}

static u32 free_object(struct world *world, u32 *from) {
    for (u32 i = 0; i < world->objects_max; i++) {
        u32 id = (*from + i) % world->objects_max;
        if (world->objects[id].handle != 0) continue;
        *from = id + 1;
        return id;
    }
    return UINT32_MAX;
}

static void check(struct world *world) {
    heap_check(&world->heap);
    assert_int_equal(world->heap.cost, world->cost);
}

/* Puts objects, some of them together, until all costs are within a few bytes of the bound. */
static void feed(struct world *world, u64 bound, enum diet diet, u32 *next) {
    for (;;) {
        u32 head_len[4];
        u32 len[4];
        u32 count = 0;
        u64 cost = 0;
        u32 wanted = 1 + world_below(world, 4);
        for (u32 tries = 0; tries < 8 && count < wanted; tries++) {
            choose(world, tries < 6 ? diet : DIET_SMALL, &head_len[count], &len[count]);
            u64 more = heap_object_cost(len[count]);
            if (world->cost + cost + more > bound) continue;
            cost += more;
            count++;
        }
        if (count == 0) return;
        u32 ids[4];
        for (u32 i = 0; i < count; i++) {
            ids[i] = free_object(world, next);
            if (ids[i] == UINT32_MAX) return;
            *next = ids[i] + 1;
        }
        assert_true(heap_can_reserve(&world->heap, 0, cost));
        assert_true(heap_reserve(&world->heap, 0, cost));
        for (u32 i = 0; i < count; i++)
            world_put(world, ids[i], head_len[i], len[i]);
        heap_release(&world->heap);
        check(world);
    }
}

/* Puts as much as can be had, beyond what is promised. */
static void gorge(struct world *world, enum diet diet, u32 *next) {
    u32 refusals = 0;
    while (refusals < 4) {
        u32 head_len;
        u32 len;
        choose(world, diet, &head_len, &len);
        u32 id = free_object(world, next);
        if (id == UINT32_MAX) return;
        bool certain = heap_can_reserve(&world->heap, 0, heap_object_cost(len));
        bool done = heap_reserve(&world->heap, 0, heap_object_cost(len));
        assert_true(done || !certain);
        refusals += !done;
        if (done) world_put(world, id, head_len, len);
        heap_release(&world->heap);
        check(world);
    }
}

/* Whether a page has another object's head before this one. */
static bool is_first_of_page(const struct world *world, heap_handle handle) {
    const u8 *page = pages_data(&world->pages, heap_handle_page(handle));
    for (u32 slot = 0; slot < heap_handle_slot(handle); slot++) {
        if (!slotted_is_live(page, slot)) continue;
        if ((slotted_flags(page, slot) & SLOTTED_FRAGMENT) == 0) return false;
    }
    return true;
}

/* Removes what `hunt` says, then more until all costs are within the bound. */
static void thin_out(struct world *world, enum hunt hunt, u64 bound) {
    for (u32 id = 0; id < world->objects_max; id++) {
        heap_handle handle = world->objects[id].handle;
        if (handle == 0) continue;
        bool stays = false;
        switch (hunt) {
        case HUNT_RANDOM:
            stays = world_below(world, 5) == 0;
            break;
        case HUNT_ALTERNATING:
            stays = id % 2 == 0;
            break;
        case HUNT_SPARSE:
            stays = is_first_of_page(world, handle);
            break;
        default:
            stays = heap_is_split(&world->heap, handle);
            break;
        }
        if (!stays) world_remove(world, id);
    }
    for (u32 id = 0; id < world->objects_max && world->cost > bound; id++)
        if (world->objects[id].handle != 0) world_remove(world, id);
    check(world);
}

/* Takes pages until others have `whole`, a few at a time. */
static void claim(struct world *world, u32 whole) {
    while (world->taken_count < whole) {
        u32 pages = 1 + world_below(world, whole - world->taken_count);
        assert_true(heap_can_reserve(&world->heap, pages, 0));
        assert_true(heap_reserve(&world->heap, pages, 0));
        for (u32 i = 0; i < pages; i++)
            world_take(world);
        heap_release(&world->heap);
        check(world);
    }
}

/* Whole pages and objects in one reservation, taken and put in any order. */
static void claim_and_feed(struct world *world, u32 whole, u64 bound, enum diet diet, u32 *next) {
    u32 pages = whole - world->taken_count;
    u64 rest = bound - world->cost;
    u64 cost = 0;
    assert_true(heap_reserve(&world->heap, pages, rest));
    for (u32 tries = 0; tries < 40; tries++) {
        u32 head_len;
        u32 len;
        choose(world, diet, &head_len, &len);
        u32 id = free_object(world, next);
        if (id == UINT32_MAX || cost + heap_object_cost(len) > rest) continue;
        cost += heap_object_cost(len);
        world_put(world, id, head_len, len);
        if (pages > 0 && world_below(world, 3) == 0) {
            world_take(world);
            pages--;
        }
    }
    for (; pages > 0; pages--)
        world_take(world);
    heap_release(&world->heap);
    check(world);
}

/* Replaces some objects, each within the bound when it counts beside the old one. */
static void rewrite(struct world *world, u64 bound, enum diet diet) {
    for (u32 n = 0; n < 20; n++) {
        u32 id = world_below(world, world->objects_max);
        struct object *object = &world->objects[id];
        if (object->handle == 0) continue;
        u32 head_len;
        u32 len;
        choose(world, diet, &head_len, &len);
        u64 cost = heap_object_cost(len);
        if (world->cost + cost > bound) continue;
        assert_true(heap_reserve(&world->heap, 0, cost));
        world_replace(world, id, head_len, len);
        heap_release(&world->heap);
        check(world);
    }
}

static void try_to_break(const struct contract *contract, u64 seed) {
    struct world *world = world_open(contract->pages, contract->head_max, OBJECTS_MAX, seed);
    u64 bound = cost_max(contract);
    u32 next = 0;
    for (u32 round = 0; round < 6; round++) {
        enum diet diet = (enum diet)world_below(world, DIETS);
        /* Without whole pages the heap spreads over all there are. */
        world_give_back(world, world_below(world, world->taken_count + 1));
        feed(world, bound, diet, &next);
        if (world_below(world, 2))
            claim(world, contract->whole);
        else
            gorge(world, (enum diet)world_below(world, DIETS), &next);
        thin_out(world, (enum hunt)world_below(world, HUNTS), bound);
        rewrite(world, bound, (enum diet)world_below(world, DIETS));
        if (world_below(world, 2))
            claim_and_feed(world, contract->whole, bound, (enum diet)world_below(world, DIETS),
                           &next);
        claim(world, contract->whole);
        feed(world, bound, (enum diet)world_below(world, DIETS), &next);
        feed(world, bound, DIET_SMALL, &next);
        world_check(world);
    }
    assert_int_equal(world->taken_count, contract->whole);
    world_close(world);
}

static void what_the_theorem_promises_is_always_there(void **state) {
    (void)state;
    static const struct contract contracts[] = {
        {.pages = 2, .head_max = 40, .whole = 1, .seeds = 15},
        {.pages = 5, .head_max = 100, .whole = 3, .seeds = 15},
        {.pages = 12, .head_max = 48, .whole = 6, .seeds = 8},
        {.pages = 20, .head_max = 368, .whole = 15, .seeds = 8},
        {.pages = 24, .head_max = 1048, .whole = 8, .seeds = 8},
        {.pages = 40, .head_max = 1048, .whole = 38, .seeds = 8},
        {.pages = 40, .head_max = 2000, .whole = 20, .seeds = 8},
        {.pages = 48, .head_max = 3096, .whole = 16, .seeds = 8},
        {.pages = 30, .head_max = HEAP_HEAD_LIMIT, .whole = 10, .seeds = 8},
    };
    for (u32 i = 0; i < KV_ARRAY_LENGTH(contracts); i++)
        for (u32 seed = 0; seed < contracts[i].seeds; seed++)
            try_to_break(&contracts[i], 1000 * i + seed);
}

/* Fills what is left of the only page that has room, and takes all others away meanwhile. Returns
 * the first object that was not used for it. */
static u32 fill_page(struct world *world, u32 page, u32 id) {
    const u8 *data = pages_data(&world->pages, page);
    u32 taken = world->taken_count;
    while (pages_free_count(&world->pages) > 0)
        world_take(world);
    while (slotted_free(data) >= WORLD_HEAD_MIN) {
        u32 len = u32_min(300, slotted_free(data));
        assert_true(heap_reserve(&world->heap, 0, heap_object_cost(len)));
        world_put(world, id++, WORLD_HEAD_MIN, len);
        heap_release(&world->heap);
    }
    world_give_back(world, world->taken_count - taken);
    return id;
}

/* One object on each page, all of them together as much as is promised beside the whole pages that
 * are wanted then: so that everything on half of the pages must be cut and moved. */
static void sparse_pages_give_way_one_after_the_other(void **state) {
    (void)state;
    for (u32 head_max = 40; head_max <= 3096; head_max += 191) {
        struct contract contract = {.pages = 30, .head_max = head_max, .whole = 15};
        u32 pages = contract.pages;
        struct world *world = world_open(pages, head_max, OBJECTS_MAX, head_max);
        u64 bound = cost_max(&contract);
        u32 each = (u32)(bound / pages);
        while (heap_object_cost(each) * pages > bound)
            each--;
        u32 filler = pages;
        for (u32 id = 0; id < pages; id++) {
            assert_true(heap_reserve(&world->heap, 0, heap_object_cost(each)));
            world_put(world, id, u32_min(head_max, each), each);
            heap_release(&world->heap);
            filler = fill_page(world, heap_handle_page(world->objects[id].handle), filler);
            assert_int_equal(world->pages.kind_count[PAGE_HEAP], id + 1);
        }
        while (filler > pages)
            world_remove(world, --filler);
        assert_int_equal(world->pages.kind_count[PAGE_HEAP], pages);
        claim(world, contract.whole);
        world_check(world);
        world_close(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_theorem_promises_is_always_there),
        cmocka_unit_test(sparse_pages_give_way_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
