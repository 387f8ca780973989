#include "kv/tree.h"

#include "elements.h"

#define MODEL_MAX 300000u

/* The tree, beside it a plain array of the elements' numbers. */
struct fixture {
    struct test_pages test;
    struct tree tree;
    u64 ids[MODEL_MAX];
    u64 encoded_bytes;
    struct prng prng;
};

static struct fixture *fix;
static u8 buffer[ELEMENT_LEN_MAX + 8];

static void begin(u32 pages, u64 seed) {
    fix = calloc(1, sizeof(*fix));
    kv_assert(fix != NULL);
    test_pages_init(&fix->test, pages);
    prng_init(&fix->prng, seed);
}

static void end(void) {
    test_pages_deinit(&fix->test);
    free(fix);
    fix = NULL;
}

static struct pages *pages(void) {
    return &fix->test.pages;
}

static u64 encoded_of(u64 id) {
    u32 ignored;
    return run_encoded_bytes(element_value(id, buffer), &ignored);
}

/* Inserts as lists do, and checks that no more pages went than were said to be needed. */
static void insert(u64 position, u64 id) {
    u8 encoded[RUN_ELEMENT_MAX];
    u64 count = fix->tree.count;
    kv_assert(count < MODEL_MAX);
    u32 len = run_encode(pages(), element_value(id, buffer), encoded);
    u64 most = tree_pages_needed(&fix->tree, 1);
    bool at_head = position == 0;
    struct tree_fill fill;
    tree_fill_begin(&fill, &fix->tree, pages(), at_head);
    tree_fill_add(&fill, len);
    u32 exact = tree_fill_pages(&fill, &fix->tree, pages(), at_head);
    u32 used = test_pages_used(&fix->test);
    pages()->gauge.high_water = used;
    tree_insert(&fix->tree, pages(), position, encoded, len);
    assert_true(pages()->gauge.high_water - used <= most);
    if (at_head || position == count) assert_int_equal(test_pages_used(&fix->test) - used, exact);
    memmove(fix->ids + position + 1, fix->ids + position, (count - position) * sizeof(u64));
    fix->ids[position] = id;
    fix->encoded_bytes += len;
}

struct freed {
    u32 elements;
};

static void on_freed(void *context, const struct element *element) {
    struct freed *freed = context;
    assert_int_not_equal(element->chain, PAGE_NONE);
    assert_int_equal(test_free_chain(pages(), element->chain),
                     u64_div_up(element->chain_len, PAGE_BYTES));
    freed->elements++;
}

static void remove_range(u64 position, u64 n) {
    struct freed freed = {0};
    u32 chained = 0;
    u64 count = fix->tree.count;
    for (u64 i = position; i < position + n; i++) {
        chained += (fix->ids[i] & 0xff) >= ELEMENT_SHORT_KINDS;
        fix->encoded_bytes -= encoded_of(fix->ids[i]);
    }
    u32 used = test_pages_used(&fix->test);
    pages()->gauge.high_water = used;
    tree_remove(&fix->tree, pages(), position, n, on_freed, &freed);
    assert_int_equal(pages()->gauge.high_water, used);
    assert_int_equal(freed.elements, chained);
    memmove(fix->ids + position, fix->ids + position + n, (count - position - n) * sizeof(u64));
    assert_int_equal(fix->tree.count, count - n);
}

/* Puts another element in the place of one, as lists do. */
static void replace(u64 position, u64 id) {
    u8 encoded[RUN_ELEMENT_MAX];
    struct freed freed = {0};
    struct tree *tree = &fix->tree;
    struct tree_cursor cursor;
    struct element old;
    u32 len = run_encode(pages(), element_value(id, buffer), encoded);
    tree_seek(tree, pages(), position, &cursor, &old);
    u32 used = test_pages_used(&fix->test);
    u32 most = tree_insert_pages(tree, pages(), position, len);
    assert_true(most <= tree->height + 1);
    pages()->gauge.high_water = used;
    if (tree_replace_fits(tree, pages(), position, len)) {
        if (old.chain != PAGE_NONE) on_freed(&freed, &old);
        tree_replace(tree, pages(), position, encoded, len);
        most = 0;
    } else {
        tree_remove(tree, pages(), position, 1, on_freed, &freed);
        tree_insert(tree, pages(), position, encoded, len);
    }
    assert_true(pages()->gauge.high_water - used <= most);
    fix->encoded_bytes += len - encoded_of(fix->ids[position]);
    fix->ids[position] = id;
}

/* Elements whose encoded length leaves a certain rest are meant. */
struct rest {
    u32 divisor;
    u32 rest;
};

static bool has_rest(const void *wanted, const u8 *at, u32 len) {
    const struct rest *rest = wanted;
    assert_int_equal(run_length_at(at), len);
    return len % rest->divisor == rest->rest;
}

static void filter(bool from_tail, u64 most, struct rest rest) {
    struct freed freed = {0};
    const struct run_filter wanted = {
        .matches = has_rest, .wanted = &rest, .dropped = on_freed, .owner = &freed};
    u64 count = fix->tree.count, removed = 0, kept = 0;
    u32 chained = 0, used = test_pages_used(&fix->test);
    for (u64 n = 0; n < count; n++) {
        u64 *id = &fix->ids[from_tail ? count - 1 - n : n];
        u64 len = encoded_of(*id);
        if (removed == most || len % rest.divisor != rest.rest) continue;
        chained += (*id & 0xff) >= ELEMENT_SHORT_KINDS;
        fix->encoded_bytes -= len;
        *id = UINT64_MAX;
        removed++;
    }
    for (u64 i = 0; i < count; i++)
        if (fix->ids[i] != UINT64_MAX) fix->ids[kept++] = fix->ids[i];
    pages()->gauge.high_water = used;
    assert_int_equal(tree_filter(&fix->tree, pages(), &wanted, from_tail, most), removed);
    assert_int_equal(pages()->gauge.high_water, used);
    assert_int_equal(freed.elements, chained);
    assert_int_equal(fix->tree.count, kept);
}

static void check_structure(void) {
    u64 nodes = tree_check(&fix->tree, pages());
    assert_int_equal(nodes, pages()->kind_count[PAGE_TREE]);
    assert_true(nodes <= tree_pages_bound(fix->encoded_bytes, fix->tree.count));
}

static void check_at(u64 position) {
    struct tree_cursor cursor;
    struct element element;
    tree_seek(&fix->tree, pages(), position, &cursor, &element);
    assert_true(element_is(pages(), &element, element_value(fix->ids[position], buffer)));
}

/* All elements from a position on, in order, by cursor. */
static void check_from(u64 position) {
    struct tree_cursor cursor;
    struct element element;
    u64 count = fix->tree.count;
    if (position >= count) return;
    tree_place(&fix->tree, pages(), position, &cursor);
    for (u64 i = position; i < count; i++) {
        assert_true(tree_next(pages(), &cursor, &element));
        assert_true(element_is(pages(), &element, element_value(fix->ids[i], buffer)));
    }
    assert_false(tree_next(pages(), &cursor, &element));
    assert_false(tree_next(pages(), &cursor, &element));
}

/* All elements before a position, backwards, one by one and leaf by leaf. */
static void check_before(u64 position) {
    struct tree_cursor cursor, by_leaf;
    struct element element;
    struct bytes run;
    u64 left = position;
    if (position >= fix->tree.count) return;
    tree_place(&fix->tree, pages(), position, &cursor);
    by_leaf = cursor;
    for (u64 i = position; i-- > 0;) {
        assert_true(tree_previous(pages(), &cursor, &element));
        assert_true(element_is(pages(), &element, element_value(fix->ids[i], buffer)));
    }
    assert_false(tree_previous(pages(), &cursor, &element));
    while (tree_previous_run(pages(), &by_leaf, &run)) {
        for (size_t end = run.len; end > 0; left--)
            end -= run_length_before(run.data + end);
    }
    assert_int_equal(left, 0);
    while (tree_next_run(pages(), &by_leaf, &run)) {
        for (size_t at = 0; at < run.len; left++)
            at += run_length_at(run.data + at);
    }
    assert_int_equal(left, fix->tree.count);
}

static void remove_all(void) {
    remove_range(0, fix->tree.count);
    assert_int_equal(fix->tree.root, PAGE_NONE);
    assert_int_equal(fix->tree.height, 0);
    assert_int_equal(fix->encoded_bytes, 0);
    assert_int_equal(test_pages_used(&fix->test), 0);
}

/* One random change; sizes of ranges and positions come from a few distributions. */
static u64 random_position(u64 count) {
    struct prng *prng = &fix->prng;
    switch (prng_below(prng, 4)) {
    case 0:
        return 0;
    case 1:
        return count;
    case 2:
        return u64_min(count, prng_below(prng, 16) + count / 2);
    default:
        return prng_below(prng, count + 1);
    }
}

static u64 random_length(u64 most) {
    struct prng *prng = &fix->prng;
    u64 n = 1;
    if (prng_below(prng, 4) == 0) n = 1 + prng_below(prng, 30);
    if (prng_below(prng, 40) == 0) n = 1 + prng_below(prng, most);
    return u64_min(n, most);
}

static void random_history(u64 seed, u32 steps, u64 target, u32 kinds) {
    begin(20000, seed);
    for (u32 i = 0; i < steps; i++) {
        u64 count = fix->tree.count;
        bool shrink = count > 0 && prng_below(&fix->prng, 2 * target) < count;
        if (shrink) {
            u64 position = u64_min(random_position(count), count - 1);
            remove_range(position, random_length(count - position));
        } else {
            insert(random_position(count), element_random(&fix->prng, kinds));
        }
        check_structure();
        if (fix->tree.count > 0) check_at(prng_below(&fix->prng, fix->tree.count));
        if (i % 64 == 0) check_from(0);
    }
    check_from(fix->tree.count / 3);
    if (fix->tree.count > 0) remove_all();
    end();
}

/* The same with elements replaced, and removed by what they are. */
static void random_edits(u64 seed, u32 steps, u64 target, u32 kinds) {
    begin(20000, seed);
    for (u32 i = 0; i < steps; i++) {
        u64 count = fix->tree.count;
        u64 choice = prng_below(&fix->prng, 100);
        if (count < target) {
            insert(random_position(count), element_random(&fix->prng, kinds));
        } else if (choice < 97) {
            replace(u64_min(random_position(count), count - 1), element_random(&fix->prng, kinds));
        } else {
            u32 divisor = 1 + (u32)prng_below(&fix->prng, 9);
            struct rest rest = {divisor, (u32)prng_below(&fix->prng, divisor)};
            u64 most = prng_below(&fix->prng, 2) ? UINT64_MAX : prng_below(&fix->prng, 30);
            if (divisor == 1 && prng_below(&fix->prng, 4) > 0) most = 1;
            filter(choice % 2, most, rest);
        }
        check_structure();
        if (fix->tree.count > 0) check_at(prng_below(&fix->prng, fix->tree.count));
        if (i % 64 == 0) check_from(0);
        if (i % 64 == 0) check_before(prng_below(&fix->prng, fix->tree.count + 1));
    }
    check_from(0);
    if (fix->tree.count > 0) remove_all();
    end();
}

static void empty(void **state) {
    (void)state;
    begin(4, 1);
    u32 count;
    assert_int_equal(tree_check(&fix->tree, pages()), 0);
    assert_int_equal(tree_single_run(&fix->tree, pages(), &count).len, 0);
    assert_int_equal(tree_pages_bound(0, 0), 0);
    assert_int_equal(tree_pages_needed(&fix->tree, 0), 0);
    remove_range(0, 0);
    insert(0, element_id(0, 1));
    struct bytes run = tree_single_run(&fix->tree, pages(), &count);
    assert_int_equal(run.len, 2);
    assert_int_equal(count, 1);
    check_structure();
    check_from(0);
    remove_all();
    end();
}

static void small_histories(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 30; seed++)
        random_history(seed, 1000, 60, ELEMENT_KINDS);
}

static void histories_of_short_elements(void **state) {
    (void)state;
    for (u64 seed = 100; seed < 110; seed++)
        random_history(seed, 2000, 400, ELEMENT_SHORT_KINDS);
    for (u64 seed = 200; seed < 210; seed++)
        random_history(seed, 2000, 2000, 3);
}

static void edits(void **state) {
    (void)state;
    for (u64 seed = 300; seed < 330; seed++)
        random_edits(seed, 1000, 30 + seed % 60, ELEMENT_KINDS);
    for (u64 seed = 400; seed < 420; seed++)
        random_edits(seed, 1500, 100 + seed % 300, ELEMENT_SHORT_KINDS);
    for (u64 seed = 500; seed < 505; seed++)
        random_edits(seed, 4000, 1500, 4);
}

/* Elements of 1000 bytes, four to a leaf, make inner nodes split and merge with few elements. */
static u64 wide_id(void) {
    return element_id(ELEMENT_WIDTHS + 9, prng_next(&fix->prng) >> 40);
}

static void wide_tree_in_the_middle(void **state) {
    (void)state;
    begin(20000, 11);
    u32 highest = 0;
    for (u32 i = 0; i < 6000; i++) {
        insert(prng_below(&fix->prng, fix->tree.count + 1), wide_id());
        if (i % 50 == 0) check_structure();
        highest = u32_max(highest, fix->tree.height);
    }
    assert_int_equal(highest, 3);
    check_structure();
    check_from(0);
    while (fix->tree.count > 0) {
        u64 position = prng_below(&fix->prng, fix->tree.count);
        u64 n = u64_min(fix->tree.count - position, 1 + prng_below(&fix->prng, 3));
        remove_range(position, n);
        if (fix->tree.count % 50 == 0) check_structure();
    }
    assert_int_equal(test_pages_used(&fix->test), 0);
    end();
}

/* Ranges that begin and end anywhere, over several inner nodes. */
static void wide_ranges(void **state) {
    (void)state;
    begin(20000, 12);
    for (u32 round = 0; round < 60; round++) {
        while (fix->tree.count < 9000) {
            u64 position = random_position(fix->tree.count);
            for (u32 i = 0; i < 300; i++)
                insert(position, wide_id());
        }
        check_structure();
        while (fix->tree.count > 4000 + round * 50) {
            u64 position = prng_below(&fix->prng, fix->tree.count);
            u64 n = 1 + prng_below(&fix->prng, fix->tree.count - position);
            if (prng_below(&fix->prng, 3) > 0) n = u64_min(n, 2500);
            remove_range(position, n);
            check_structure();
        }
        check_from(fix->tree.count / 2);
    }
    remove_all();
    end();
}

/* Three inner nodes of 510 leaves of 4, and some more behind them. */
static void build_full_inner_nodes(void) {
    for (u32 i = 0; i < 3 * TREE_FANOUT * 4 + 40; i++)
        insert(fix->tree.count, wide_id());
    assert_int_equal(fix->tree.height, 3);
}

/* A full inner node in the middle gets one child more, while its left neighbour, or its right one,
 * has room for half of it. What becomes neighbours then, at the seam and beside the rest, is merged
 * as well. */
static void full_inner_node_gives_half_away(void **state) {
    (void)state;
    const u32 node = TREE_FANOUT * 4;
    for (u32 right = 0; right < 2; right++) {
        for (u32 both = 0; both < 2; both++) {
            begin(3000, 21);
            build_full_inner_nodes();
            /* From the back, so that positions before stay. The third node keeps 60 leaves; the
             * leaves at its border to the second keep one element each, and so at the border of the
             * second to the first. */
            if (right || both) remove_range(2 * node + 60 * 4, node - 60 * 4);
            remove_range(2 * node, 3);
            remove_range(2 * node - 3, 3);
            remove_range(node, 3);
            remove_range(node - 3, 3);
            if (!right || both) remove_range(4, node - 3 - 60 * 4);
            check_structure();
            u64 before = pages()->kind_count[PAGE_TREE];
            u64 first = right && !both ? node - 3 : 60 * 4;
            /* Any place in the second node but its border. */
            insert(first + node / 2, wide_id());
            check_structure();
            check_from(0);
            /* A leaf was split, two were joined at the seam; and no inner node was added. */
            assert_true(pages()->kind_count[PAGE_TREE] <= before);
            remove_all();
            end();
        }
    }
}

/* The hardest for the invariant between neighbours: grow full, thin out, fill at single points. */
static void thinned_and_refilled(void **state) {
    (void)state;
    begin(20000, 13);
    for (u32 round = 0; round < 8; round++) {
        while (fix->tree.count < 8000)
            insert(fix->tree.count, wide_id());
        u32 stride = 2 + round;
        for (u64 at = 0; at + stride < fix->tree.count; at++)
            remove_range(at, stride - 1);
        check_structure();
        for (u32 i = 0; i < 1500; i++) {
            u64 near = fix->tree.count * (round + 1) / 10;
            insert(near + prng_below(&fix->prng, 5), wide_id());
            if (i % 25 == 0) check_structure();
        }
        check_structure();
        check_from(0);
    }
    remove_all();
    end();
}

/* Pushes to either end leave full leaves behind them. */
static void queues_fill_their_pages(void **state) {
    (void)state;
    for (u32 at_head = 0; at_head < 2; at_head++) {
        begin(3000, 14);
        for (u32 i = 0; i < 250000; i++) {
            u8 encoded[RUN_ELEMENT_MAX];
            char text[NUMBER_TEXT_MAX];
            u32 len = run_encode(pages(), bytes_of(text, number_format_u64(text, 100000)), encoded);
            tree_insert(&fix->tree, pages(), at_head ? 0 : fix->tree.count, encoded, len);
        }
        u64 nodes = tree_check(&fix->tree, pages());
        /* 816 elements of 5 bytes in a leaf, 510 leaves in an inner node. */
        assert_int_equal(nodes, 307 + 1);
        assert_int_equal(fix->tree.height, 2);
        tree_remove(&fix->tree, pages(), 0, fix->tree.count, on_freed, NULL);
        end();
    }
}

/* In at one end, out at the other, at a few lengths: the same pages serve on and on. */
static void queues_run_in_constant_memory(void **state) {
    (void)state;
    for (u32 direction = 0; direction < 2; direction++) {
        begin(64, 15);
        for (u32 i = 0; i < 20000; i++) {
            u64 depth = 1 + (i / 4000) * 300;
            insert(direction ? 0 : fix->tree.count, element_random(&fix->prng, ELEMENT_WIDTHS));
            while (fix->tree.count > depth)
                remove_range(direction ? fix->tree.count - 1 : 0, 1);
            if (i % 16 == 0) check_structure();
        }
        check_from(0);
        remove_all();
        end();
    }
}

/* What a push of many at an end will take is known to the page beforehand, whatever the tree. */
static void fill_is_exact(void **state) {
    (void)state;
    begin(20000, 16);
    for (u32 round = 0; round < 400; round++) {
        u8 encoded[RUN_ELEMENT_MAX];
        bool at_head = prng_below(&fix->prng, 2) == 0;
        u32 n = 1 + (u32)prng_below(&fix->prng, round % 20 == 0 ? 4000 : 40);
        u64 ids[4000];
        struct tree_fill fill;
        tree_fill_begin(&fill, &fix->tree, pages(), at_head);
        for (u32 i = 0; i < n; i++) {
            ids[i] = element_random(&fix->prng, ELEMENT_SHORT_KINDS);
            if (round % 20 == 0) ids[i] = wide_id();
            tree_fill_add(&fill, (u32)encoded_of(ids[i]));
        }
        u32 said = tree_fill_pages(&fill, &fix->tree, pages(), at_head);
        assert_true(said <= tree_pages_needed(&fix->tree, n));
        u32 used = test_pages_used(&fix->test);
        for (u32 i = 0; i < n; i++) {
            u32 len = run_encode(pages(), element_value(ids[i], buffer), encoded);
            tree_insert(&fix->tree, pages(), at_head ? 0 : fix->tree.count, encoded, len);
        }
        assert_int_equal(test_pages_used(&fix->test) - used, said);
        tree_check(&fix->tree, pages());
        if (prng_below(&fix->prng, 12) == 0) {
            u64 position = prng_below(&fix->prng, fix->tree.count);
            tree_remove(&fix->tree, pages(), position, fix->tree.count - position, on_freed, NULL);
        }
    }
    end();
}

/* Many insertions anywhere stay within the bound for many. */
static void needed_is_a_bound(void **state) {
    (void)state;
    begin(20000, 17);
    for (u32 round = 0; round < 20; round++) {
        u32 n = 1 + (u32)prng_below(&fix->prng, 800);
        u64 said = tree_pages_needed(&fix->tree, n);
        u32 used = test_pages_used(&fix->test);
        for (u32 i = 0; i < n; i++)
            insert(prng_below(&fix->prng, fix->tree.count + 1), wide_id());
        assert_true(test_pages_used(&fix->test) - used <= said);
    }
    end();
}

/* Full nodes all the way up: elements that no leaf has room for, in any place and in the place of
 * any other, when the tree has grown at its ends or in its middle. */
static void insert_pages_is_a_bound(void **state) {
    (void)state;
    for (u32 way = 0; way < 3; way++) {
        begin(20000, 18 + way);
        u32 most = 0;
        for (u32 round = 0; round < 40; round++) {
            while (fix->tree.count < 4u * TREE_FANOUT * (1 + round % 3)) {
                u64 middle = prng_below(&fix->prng, fix->tree.count + 1);
                insert(way == 0 ? 0 : way == 1 ? fix->tree.count : middle, wide_id());
            }
            for (u32 i = 0; i < 200; i++) {
                u64 position = random_position(fix->tree.count);
                u64 longest = element_id(ELEMENT_WIDTHS + 10, prng_next(&fix->prng) >> 40);
                u64 shortest = element_id(ELEMENT_WIDTHS + 2, prng_next(&fix->prng) >> 40);
                u32 said = tree_insert_pages(&fix->tree, pages(), position, 1028);
                u32 used = test_pages_used(&fix->test);
                most = u32_max(most, said);
                if (i % 2 == 0) {
                    insert(position, longest);
                    assert_true(pages()->gauge.high_water - used <= said);
                } else {
                    position = u64_min(position, fix->tree.count - 1);
                    replace(position, i % 8 == 1 ? shortest : longest);
                }
            }
            check_structure();
            u64 position = prng_below(&fix->prng, fix->tree.count / 2);
            remove_range(position, prng_below(&fix->prng, fix->tree.count - position));
        }
        /* A leaf, a root of full leaves only, and the one above. */
        if (way < 2) assert_int_equal(most, 3);
        remove_all();
        end();
    }
}

/* What matches is everywhere, and what is left is little: leaves merge as the filter goes on. */
static void filters_merge_leaves(void **state) {
    (void)state;
    for (u32 round = 0; round < 24; round++) {
        begin(20000, 40 + round);
        for (u32 i = 0; i < 9000; i++) {
            bool meant = prng_below(&fix->prng, 1 + round / 2) == 0;
            insert(fix->tree.count, meant ? element_id(ELEMENT_WIDTHS + 7, i) : wide_id());
        }
        u64 len = encoded_of(round % 2 ? element_id(ELEMENT_WIDTHS + 7, 0) : wide_id());
        u64 most = round % 3 == 0 ? 4000 : UINT64_MAX;
        filter(round % 4 < 2, most, (struct rest){2000, (u32)len});
        check_structure();
        check_from(0);
        if (fix->tree.count > 0) remove_all();
        end();
    }
}

static void bound_is_small(void **state) {
    (void)state;
    assert_int_equal(tree_pages_bound(1, 1), 1);
    assert_int_equal(tree_pages_bound(TREE_MERGE_BYTES, 1000), 1);
    assert_int_equal(tree_pages_bound(TREE_MERGE_BYTES + 1, 1000), 4);
    assert_int_equal(tree_pages_bound(TREE_MERGE_BYTES + 1, 2), 3);
    for (u64 bytes = 1; bytes < 1ull << 42; bytes = bytes * 3 / 2 + 1) {
        u64 bound = tree_pages_bound(bytes, UINT32_MAX);
        u64 leaves = bytes / (TREE_MERGE_BYTES + 1) * 2 + 1;
        assert_true(bound >= leaves);
        assert_true(bound <= leaves + leaves / 64 + 4);
        assert_true(tree_pages_bound(bytes + 1, UINT32_MAX) >= bound);
    }
}

static void builds_from_runs(void **state) {
    (void)state;
    begin(1000, 18);
    for (u32 round = 0; round < 200; round++) {
        static u8 run[200 * RUN_ELEMENT_MAX];
        u32 count = (u32)prng_below(&fix->prng, round % 2 == 0 ? 10 : 200), len = 0;
        fix->encoded_bytes = 0;
        for (u32 i = 0; i < count; i++) {
            fix->ids[i] = element_random(&fix->prng, ELEMENT_KINDS - 2);
            len += run_encode(pages(), element_value(fix->ids[i], buffer), run + len);
        }
        tree_build(&fix->tree, pages(), run, len, count);
        fix->encoded_bytes = len;
        assert_int_equal(fix->tree.count, count);
        check_structure();
        check_from(0);
        if (count > 0) remove_all();
    }
    end();
}

static void misuse_is_caught(void **state) {
    (void)state;
    begin(2, 19);
    u8 encoded[RUN_ELEMENT_MAX];
    u32 len = run_encode(pages(), bytes_of_string("a"), encoded);
    struct tree_cursor cursor;
    struct element element;
    assert_dies("assertion failed", tree_insert(&fix->tree, pages(), 1, encoded, len));
    assert_dies("assertion failed", tree_seek(&fix->tree, pages(), 0, &cursor, &element));
    assert_dies("assertion failed",
                tree_remove(&fix->tree, pages(), 0, 1, on_freed, &(struct freed){0}));
    insert(0, element_id(0, 3));
    assert_dies("assertion failed", tree_seek(&fix->tree, pages(), 1, &cursor, &element));
    /* Without a reservation there may be no page: four of 1000 bytes fill the only leaf. */
    while (pages_free_count(pages()) > 0)
        pages_get(pages(), PAGE_OVERFLOW);
    len = run_encode(pages(), element_value(wide_id(), buffer), encoded);
    for (u32 i = 0; i < 4; i++)
        tree_insert(&fix->tree, pages(), 1, encoded, len);
    assert_dies("assertion failed", tree_insert(&fix->tree, pages(), 1, encoded, len));
    end();
}

static void check_sees_damage(void **state) {
    (void)state;
    begin(2000, 20);
    for (u32 i = 0; i < 1000; i++)
        insert(fix->tree.count, wide_id());
    check_structure();
    struct tree broken = fix->tree;
    broken.count++;
    assert_dies("assertion failed", tree_check(&broken, pages()));
    broken = fix->tree;
    broken.height++;
    assert_dies("assertion failed", tree_check(&broken, pages()));
    struct tree_cursor cursor;
    struct element element;
    tree_seek(&fix->tree, pages(), 500, &cursor, &element);
    u8 *at = (u8 *)(uintptr_t)cursor.at - 1;
    *at ^= 1;
    assert_dies("assertion failed", tree_check(&fix->tree, pages()));
    *at ^= 1;
    pages_set_kind(pages(), fix->tree.root, PAGE_OVERFLOW);
    assert_dies("assertion failed", tree_check(&fix->tree, pages()));
    pages_set_kind(pages(), fix->tree.root, PAGE_TREE);
    check_structure();
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty),
        cmocka_unit_test(small_histories),
        cmocka_unit_test(histories_of_short_elements),
        cmocka_unit_test(edits),
        cmocka_unit_test(wide_tree_in_the_middle),
        cmocka_unit_test(wide_ranges),
        cmocka_unit_test(full_inner_node_gives_half_away),
        cmocka_unit_test(thinned_and_refilled),
        cmocka_unit_test(queues_fill_their_pages),
        cmocka_unit_test(queues_run_in_constant_memory),
        cmocka_unit_test(fill_is_exact),
        cmocka_unit_test(needed_is_a_bound),
        cmocka_unit_test(insert_pages_is_a_bound),
        cmocka_unit_test(filters_merge_leaves),
        cmocka_unit_test(bound_is_small),
        cmocka_unit_test(builds_from_runs),
        cmocka_unit_test(misuse_is_caught),
        cmocka_unit_test(check_sees_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
