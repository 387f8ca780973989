/* Lists: against arrays, at every limit, in a full store, and what one list can take at worst. */
#include "kv/reclaim.h"

#include "lists_world.h"

/* -- what they do -- */

static void both_ends(void **state) {
    (void)state;
    begin(64, 4096, 1000, 1);
    const u64 ids[] = {element_id(0, 1), element_id(ELEMENT_WIDTHS + 2, 1), element_id(8, 1)};
    assert_int_equal(push(0, LIST_TAIL, ids, 3), STORE_OK);
    assert_int_equal(push(0, LIST_HEAD, ids, 3), STORE_OK);
    assert_int_equal(models[0].ids[0], ids[2]);
    check_all();
    assert_int_equal(encoding_of(0), ENCODING_RUN);
    pop(0, LIST_HEAD, 1);
    pop(0, LIST_TAIL, 2);
    check_all();
    struct item item;
    assert_true(find(0, &item));
    list_pop(store(), &item, LIST_HEAD, 0);
    check_all();
    pop(0, LIST_TAIL, 3);
    check_all();
    assert_int_equal(store_keys(store(), 0), 0);
    delete_all();
    end();
}

/* A run grows to LIST_RUN_MAX to the byte, and comes back well below it. */
static void runs_and_trees(void **state) {
    (void)state;
    begin(64, 4096, 100000, 2);
    u64 id = element_id(ELEMENT_WIDTHS + 1, 5); /* "x", 3 bytes */
    u32 most = (LIST_RUN_MAX - ITEM_RUN_HEADER) / 3;
    for (u32 i = 0; i < most; i++)
        assert_int_equal(push(0, i % 2 ? LIST_TAIL : LIST_HEAD, &id, 1), STORE_OK);
    assert_int_equal(encoding_of(0), ENCODING_RUN);
    assert_int_equal(store()->pages.kind_count[PAGE_TREE], 0);
    assert_int_equal(push(0, LIST_HEAD, &id, 1), STORE_OK);
    assert_int_equal(encoding_of(0), ENCODING_TREE);
    assert_int_equal(store()->pages.kind_count[PAGE_TREE], 1);
    check_all();
    u32 again = (LIST_RUN_MAX / 2 - ITEM_RUN_HEADER) / 3;
    while (models[0].count > again + 1) {
        pop(0, LIST_TAIL, 1);
        assert_int_equal(encoding_of(0), ENCODING_TREE);
    }
    pop(0, LIST_HEAD, 1);
    assert_int_equal(encoding_of(0), ENCODING_RUN);
    assert_int_equal(store()->pages.kind_count[PAGE_TREE], 0);
    check_all();
    delete_all();
    end();
}

static void a_new_list_may_begin_as_a_tree(void **state) {
    (void)state;
    for (u32 where = LIST_HEAD; where <= LIST_TAIL; where++) {
        begin(600, 4096, 100000, 3);
        u64 ids[BATCH_MAX];
        for (u32 i = 0; i < BATCH_MAX; i++)
            ids[i] = element_id(ELEMENT_WIDTHS + 8 + i % 4, i);
        assert_int_equal(push(0, where, ids, BATCH_MAX), STORE_OK);
        assert_int_equal(encoding_of(0), ENCODING_TREE);
        check_all();
        /* And a run becomes one in a single step. */
        assert_int_equal(push(1, where, ids, 1), STORE_OK);
        assert_int_equal(encoding_of(1), ENCODING_RUN);
        assert_int_equal(push(1, where, ids, BATCH_MAX), STORE_OK);
        assert_int_equal(encoding_of(1), ENCODING_TREE);
        check_all();
        delete_all();
        end();
    }
}

static void expiry_stays(void **state) {
    (void)state;
    begin(64, 4096, 100000, 4);
    u64 ids[BATCH_MAX];
    for (u32 i = 0; i < BATCH_MAX; i++)
        ids[i] = element_id(ELEMENT_WIDTHS + 5, i);
    struct item item;
    assert_int_equal(push(0, LIST_TAIL, ids, 1), STORE_OK);
    assert_true(find(0, &item));
    struct store_need need = {0};
    store_need_item(store(), &need, item.key.len, item.payload_len);
    assert_true(store_reserve(store(), &need));
    assert_true(find(0, &item));
    store_set_expiry(store(), &item, FIXTURE_EPOCH_MS + 5000);
    store_release(store());
    for (u32 i = 0; i < 4; i++) {
        assert_int_equal(push(0, LIST_TAIL, ids, BATCH_MAX), STORE_OK);
        assert_true(find(0, &item));
        assert_int_equal(item.expires_ms, FIXTURE_EPOCH_MS + 5000);
        check_all();
    }
    pop(0, LIST_HEAD, models[0].count - 3);
    assert_true(find(0, &item));
    assert_int_equal(item.expires_ms, FIXTURE_EPOCH_MS + 5000);
    /* Cleared, the field stays behind until the next rewrite. */
    store_set_expiry(store(), &item, 0);
    check_all();
    pop(0, LIST_HEAD, 1);
    check_all();
    assert_true(find(0, &item));
    assert_int_equal(item.expires_ms, 0);
    delete_all();
    end();
}

/* -- limits -- */

static void too_long_changes_nothing(void **state) {
    (void)state;
    begin(200, 5000, 40, 5);
    u64 ids[BATCH_MAX];
    for (u32 i = 0; i < BATCH_MAX; i++)
        ids[i] = element_id(ELEMENT_WIDTHS + 6 + i % 6, i);
    assert_int_equal(push(0, LIST_TAIL, ids, 41), STORE_TOO_LONG);
    check_all();
    assert_int_equal(store()->pages.gauge.used, 0);
    assert_int_equal(push(0, LIST_TAIL, ids, 40), STORE_OK);
    u64 used = store()->pages.gauge.used, live = store_bytes_live(store());
    assert_int_equal(push(0, LIST_TAIL, ids, 1), STORE_TOO_LONG);
    assert_int_equal(push(0, LIST_HEAD, ids, 40), STORE_TOO_LONG);
    /* One value among many. */
    struct bytes elements[3] = {bytes_of(values[0], 10), bytes_of(values[1], 5001),
                                bytes_of(values[2], 10)};
    pop(0, LIST_HEAD, 10);
    pop(0, LIST_TAIL, 10);
    check_all();
    used = store()->pages.gauge.used;
    live = store_bytes_live(store());
    assert_int_equal(push_values(0, LIST_TAIL, elements, 3), STORE_TOO_LONG);
    assert_int_equal(push_values(1, LIST_TAIL, elements, 3), STORE_TOO_LONG);
    assert_int_equal(store()->pages.gauge.used, used);
    assert_int_equal(store_bytes_live(store()), live);
    check_all();
    elements[1].len = 5000;
    assert_int_equal(push_values(1, LIST_TAIL, elements, 3), STORE_OK);
    assert_int_equal(store()->counters.refused, 0);
    struct item item;
    assert_true(find(1, &item));
    store_delete(store(), &item);
    delete_all();
    end();
}

/* Each push is tried with 0, 1, 2 ... pages free: all of it happens or nothing. */
static void exhaustion_changes_nothing(void **state) {
    (void)state;
    for (u32 round = 0; round < 300; round++) {
        begin(200, ELEMENT_LEN_MAX, 100000, round);
        struct hoard hoard;
        u64 ids[BATCH_MAX];
        u32 before = (u32)prng_below(&prng, 60), count = 1 + (u32)prng_below(&prng, 12);
        for (u32 i = 0; i < before; i++) {
            ids[0] = element_random(&prng, ELEMENT_SHORT_KINDS + 4);
            assert_int_equal(push(0, LIST_TAIL, ids, 1), STORE_OK);
        }
        for (u32 i = 0; i < count; i++)
            ids[i] = element_random(&prng, ELEMENT_KINDS);
        enum list_end where = round % 2 ? LIST_HEAD : LIST_TAIL;
        hoard_all(&hoard);
        u64 refused = 0;
        for (;;) {
            enum store_result result = push(0, where, ids, count);
            check_list(0, 0);
            if (result == STORE_OK) break;
            assert_int_equal(result, STORE_FULL);
            assert_int_equal(store()->counters.refused, ++refused);
            assert_int_equal(store()->pages.kind_count[PAGE_FREE], refused - 1);
            assert_false(store()->heap.reserved);
            assert_true(hoard.count > 0);
            give_back(&hoard, 1);
        }
        assert_false(store()->heap.reserved);
        give_back(&hoard, hoard.count);
        check_all();
        delete_all();
        end();
    }
}

static void no_key_left(void **state) {
    (void)state;
    begin(200, 4096, 1000, 6);
    u64 id = element_id(0, 1);
    for (u32 k = 0; k < 4 * KEYS; k++) {
        char name[32];
        int len = snprintf(name, sizeof(name), "filler%u", k);
        assert_int_equal(fixture_set(&fixture, 0, bytes_of(name, (size_t)len), bytes_of("v", 1)),
                         STORE_OK);
    }
    assert_int_equal(push(0, LIST_TAIL, &id, 1), STORE_FULL);
    check_all();
    assert_true(fixture_delete(&fixture, 0, bytes_of_string("filler3")));
    assert_int_equal(push(0, LIST_TAIL, &id, 1), STORE_OK);
    delete_all();
    end();
}

/* -- histories -- */

/* A random change of one list; a push that is refused must be refused for memory. */
static void random_step(u32 kinds, u32 target, u32 *refused) {
    u32 k = (u32)prng_below(&prng, KEYS);
    struct model *model = &models[k];
    enum list_end where = prng_below(&prng, 2) ? LIST_HEAD : LIST_TAIL;
    u32 batch = prng_below(&prng, 4) ? 1 : 1 + (u32)prng_below(&prng, 20);
    if (prng_below(&prng, 2 * target) < model->count) {
        u32 count = u32_min(batch, model->count);
        if (prng_below(&prng, 50) == 0) count = 1 + (u32)prng_below(&prng, model->count);
        pop(k, where, count);
    } else if (model->count + batch <= MODEL_MAX) {
        u64 ids[BATCH_MAX];
        for (u32 i = 0; i < batch; i++)
            ids[i] = element_random(&prng, kinds);
        enum store_result result = push(k, where, ids, batch);
        assert_int_not_equal(result, STORE_TOO_LONG);
        if (result == STORE_FULL) (*refused)++;
    }
    if (model->count > 0) {
        check_list(k, (u32)prng_below(&prng, model->count));
    } else {
        check_list(k, 0);
    }
}

static void history(u64 pages, u32 kinds, u32 target, u32 steps, u64 seed, u32 *refused) {
    begin(pages, ELEMENT_LEN_MAX, 1000000, seed);
    *refused = 0;
    for (u32 i = 0; i < steps; i++) {
        random_step(kinds, target, refused);
        if (i % 3 == 0) store_tick(store(), 4);
        if (i % 16 == 0) check_all();
    }
    delete_all();
    end();
}

static void histories_with_room(void **state) {
    (void)state;
    u32 refused;
    for (u64 seed = 0; seed < 6; seed++) {
        history(4000, ELEMENT_KINDS, 30, 1500, seed, &refused);
        assert_int_equal(refused, 0);
        history(4000, ELEMENT_SHORT_KINDS, 200, 1500, seed, &refused);
        assert_int_equal(refused, 0);
        history(4000, 4, 900, 1500, seed, &refused);
        assert_int_equal(refused, 0);
    }
}

static void histories_in_a_full_store(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 40; seed++) {
        u32 refused;
        history(16 + seed, ELEMENT_SHORT_KINDS, 200, 1500, seed, &refused);
        assert_int_not_equal(refused, 0);
        history(40, ELEMENT_KINDS - 2, 40, 800, seed, &refused);
        assert_int_not_equal(refused, 0);
    }
}

/* Fills the store with runs that are split over many pages, then takes them apart element by
 * element: nothing may need room, and pieces that cannot shrink leave holes. */
static void popping_from_split_items(void **state) {
    (void)state;
    u32 split = 0, holes = 0;
    for (u64 seed = 0; seed < 60; seed++) {
        begin(7, ELEMENT_LEN_MAX, 1000000, seed);
        for (u32 failed = 0; failed < 40;) {
            u64 id = element_random(&prng, ELEMENT_SHORT_KINDS - 2);
            if (push((u32)prng_below(&prng, KEYS), LIST_TAIL, &id, 1) != STORE_OK) failed++;
        }
        check_all();
        for (u32 left = KEYS; left > 0;) {
            u32 k = (u32)prng_below(&prng, KEYS);
            struct item item;
            if (!find(k, &item)) {
                left--;
                continue;
            }
            split += heap_is_split(&store()->heap, item.handle);
            pop(k, prng_below(&prng, 2) ? LIST_HEAD : LIST_TAIL, 1);
            if (find(k, &item) && item.encoding == ENCODING_RUN) {
                struct bytes payload = store_payload(store(), &item, gathered);
                u32 len = (u32)payload.len - ITEM_RUN_HEADER;
                holes += run_trim(payload.data + ITEM_RUN_HEADER, len) != len;
            }
            check_list(k, 0);
            store_check(store());
            /* Put something back now and then, so that the heap stays full. */
            u64 id = element_random(&prng, ELEMENT_SHORT_KINDS - 2);
            if (prng_below(&prng, 3) == 0) push(k, LIST_HEAD, &id, 1);
            check_list(k, 0);
        }
        delete_all();
        end();
    }
    assert_int_not_equal(split, 0);
    assert_int_not_equal(holes, 0);
}

/* -- the worst case -- */

static u64 pages_of(const struct item *item) {
    const struct pages *pages = &store()->pages;
    u64 chains = 0;
    struct list_cursor cursor;
    struct element element;
    list_open(store(), item, 0, gathered, &cursor);
    while (list_next(&cursor, &element))
        chains += u64_div_up(element.chain_len, PAGE_BYTES);
    /* The only list there is, once what was deleted is gone. */
    reclaim_some(store(), UINT32_MAX);
    return chains + pages->kind_count[PAGE_TREE];
}

static void worst_case_holds(void **state) {
    (void)state;
    static const u32 lengths[] = {1, 2, 3, 5, 8, 20, 50, 200};
    static const u32 sizes[] = {10, 100, 340, 681, 1020, 1024, 1025, 2000, 4096, 5000, 5120, 5121};
    for (u32 l = 0; l < KV_ARRAY_LENGTH(lengths); l++) {
        for (u32 s = 0; s < KV_ARRAY_LENGTH(sizes); s++) {
            struct list_shape shapes[LIST_SHAPES];
            u64 most_pages, most_payload;
            list_worst_shapes(lengths[l], sizes[s], shapes);
            list_worst_case(lengths[l], sizes[s], &most_pages, &most_payload);
            begin(2000, sizes[s], lengths[l], l * 100 + s);
            u32 count = 0;
            memset(values[0], 'w', sizeof(values[0]));
            for (u32 i = 0; i < 1500; i++) {
                enum list_end where = prng_below(&prng, 2) ? LIST_HEAD : LIST_TAIL;
                struct item item;
                if (count == lengths[l] || (count > 0 && prng_below(&prng, 5) == 0)) {
                    u32 n = 1 + (u32)prng_below(&prng, count);
                    if (prng_below(&prng, 3)) n = 1;
                    assert_true(find(0, &item));
                    list_pop(store(), &item, where, n);
                    count -= n;
                } else {
                    struct bytes value = bytes_of(values[0], random_len(sizes[s]));
                    assert_int_equal(push_values(0, where, &value, 1), STORE_OK);
                    count++;
                }
                if (!find(0, &item)) continue;
                const struct list_shape *shape =
                    &shapes[item.encoding == ENCODING_RUN ? LIST_SHAPE_RUN : LIST_SHAPE_TREE];
                u64 pages = pages_of(&item);
                assert_true(pages <= shape->pages && pages <= most_pages);
                assert_true(item.payload_len <= shape->payload_bytes);
                assert_true(item.payload_len <= most_payload);
            }
            delete_all();
            end();
        }
    }
}

/* No mixture of any two lengths takes more than the two kinds that are tried. */
static void worst_case_covers_all_mixtures(void **state) {
    (void)state;
    static const u32 sizes[] = {5,    63,   64,   1023, 1024, 1025, 3000, 4095, 4096,
                                4097, 4600, 5119, 5120, 5121, 9000, 9216, 9217, 70000};
    for (u32 s = 0; s < KV_ARRAY_LENGTH(sizes); s++) {
        for (u64 m = 1; m <= 400; m += 1 + m / 7) {
            struct list_shape shapes[LIST_SHAPES];
            list_worst_shapes(m, sizes[s], shapes);
            for (u32 a = 0; a < KV_ARRAY_LENGTH(sizes); a++) {
                for (u32 b = 0; b < KV_ARRAY_LENGTH(sizes); b++) {
                    if (sizes[a] > sizes[s] || sizes[b] > sizes[s]) continue;
                    u32 pages_a, pages_b;
                    u32 bytes_a = run_encoded_bound(sizes[a], &pages_a);
                    u32 bytes_b = run_encoded_bound(sizes[b], &pages_b);
                    for (u64 y = 0; y <= m; y++) {
                        u64 bytes = y * bytes_a + (m - y) * bytes_b + ITEM_RUN_HEADER;
                        u64 chains = y * pages_a + (m - y) * pages_b;
                        if (bytes <= LIST_RUN_MAX) {
                            assert_true(chains <= shapes[LIST_SHAPE_RUN].pages);
                            assert_true(bytes <= shapes[LIST_SHAPE_RUN].payload_bytes);
                        } else {
                            u64 nodes = tree_pages_bound(bytes - ITEM_RUN_HEADER, m);
                            assert_true(chains + nodes <= shapes[LIST_SHAPE_TREE].pages);
                        }
                    }
                }
            }
        }
    }
}

/* That only a few mixed elements need be tried, also for long lists. */
static void worst_mixture_is_found(void **state) {
    (void)state;
    static const u32 sizes[] = {1025, 4096, 4100, 5119, 5121, 9000, 70000};
    for (u32 s = 0; s < KV_ARRAY_LENGTH(sizes); s++) {
        for (u64 m = 100; m <= 1000000; m = m * 5 / 2) {
            struct list_shape shapes[LIST_SHAPES];
            list_worst_shapes(m, sizes[s], shapes);
            u32 pages_a, pages_b;
            u64 inlined = (sizes[s] - RUN_INLINE_MAX) / PAGE_BYTES * PAGE_BYTES + RUN_INLINE_MAX;
            u64 bytes_a = run_encoded_bound(sizes[s], &pages_a);
            u64 bytes_b = run_encoded_bound(inlined, &pages_b);
            for (u64 y = 0; y <= u64_min(m, 3000); y++) {
                u64 nodes = tree_pages_bound((m - y) * bytes_a + y * bytes_b, m);
                assert_true((m - y) * pages_a + y * pages_b + nodes <=
                            shapes[LIST_SHAPE_TREE].pages);
            }
        }
    }
}

static void worst_case_is_pinned(void **state) {
    (void)state;
    u64 pages, payload;
    list_worst_case(50, 4096, &pages, &payload);
    assert_int_equal(pages, 51);
    assert_int_equal(payload, LIST_RUN_MAX);
    struct list_shape shapes[LIST_SHAPES];
    list_worst_shapes(10, 64, shapes);
    assert_int_equal(shapes[LIST_SHAPE_RUN].pages, 0);
    assert_int_equal(shapes[LIST_SHAPE_RUN].payload_bytes, 2 + 10 * 67);
    assert_int_equal(shapes[LIST_SHAPE_TREE].pages, 0);
    assert_int_equal(shapes[LIST_SHAPE_TREE].payload_bytes, 0);
    list_slack(50, 4096, &pages, &payload);
    assert_int_equal(pages, 3);
    assert_int_equal(payload, LIST_RUN_MAX);
    list_slack(10, 64, &pages, &payload);
    assert_int_equal(pages, 0);
    list_slack(4000000000, 1048576, &pages, &payload);
    assert_int_equal(pages, 7);
}

/* With capacity guaranteed no push within the limits is refused, whatever the history. */
static void guaranteed(u64 keys, u64 key_size, u64 val_size, u64 length, u32 steps, u64 seed) {
    struct options options = fixture_options(CAPACITY_GUARANTEED, keys, key_size, val_size, length);
    fixture_open(&fixture, &options, 0, seed);
    prng_init(&prng, seed);
    memset(values[0], 'g', sizeof(values[0]));
    memset(values[1], 'k', sizeof(values[1]));
    for (u32 i = 0; i < steps; i++) {
        /* The end is the worst there is: every list full, of the longest values. */
        bool filling = i > steps * 3 / 4;
        u64 k = prng_below(&prng, keys);
        values[1][0] = (u8)k;
        struct bytes key = bytes_of(values[1], key_size);
        struct item item = {0};
        bool found = fixture_find(&fixture, 0, key, &item);
        u64 count = found ? list_length(store(), &item) : 0;
        if (count == length || (!filling && count > 0 && prng_below(&prng, 9) < 4)) {
            u64 n = prng_below(&prng, 3) ? 1 : 1 + prng_below(&prng, count);
            if (filling) n = 1;
            list_pop(store(), &item, prng_below(&prng, 2) ? LIST_HEAD : LIST_TAIL, n);
            continue;
        }
        struct bytes elements[BATCH_MAX];
        u32 batch = 1 + (u32)prng_below(&prng, u64_min(length - count, BATCH_MAX));
        for (u32 e = 0; e < batch; e++)
            elements[e] = bytes_of(values[0], filling ? val_size : random_len(val_size));
        u64 hash = store_hash(store(), 0, key);
        if (!found) item = (struct item){0};
        assert_int_equal(list_push(store(), 0, key, hash, &item,
                                   prng_below(&prng, 2) ? LIST_HEAD : LIST_TAIL, elements, batch),
                         STORE_OK);
        if (i % 64 == 0) store_check(store());
    }
    store_check(store());
    assert_int_equal(store()->counters.refused, 0);
    end();
}

static void guaranteed_is_never_refused(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 4; seed++) {
        guaranteed(8, 40, 100, 10, 4000, seed);
        guaranteed(8, 1000, 1024, 7, 4000, seed);
        guaranteed(6, 100, 4096, 50, 3000, seed);
        guaranteed(5, 10, 700, 30, 4000, seed);
        guaranteed(20, 300, 20, 100, 8000, seed);
        guaranteed(4, 64, 6000, 20, 3000, seed);
        guaranteed(1, 1, 1, 1, 200, seed);
        guaranteed(3, 1024, 5120, 3, 3000, seed);
    }
}

/* -- memory -- */

static void a_million_integers(void **state) {
    (void)state;
    begin(3000, 4096, 10000000, 9);
    struct bytes elements[100];
    char text[100][NUMBER_TEXT_MAX];
    for (u32 i = 0; i < 1000000; i += 100) {
        for (u32 e = 0; e < 100; e++)
            elements[e] = bytes_of(text[e], number_format_u64(text[e], i + e));
        assert_int_equal(push_values(0, LIST_TAIL, elements, 100), STORE_OK);
    }
    u64 bytes = store()->pages.gauge.used * PAGE_BYTES;
    printf("one list of 1M integers: %.2f bytes per element\n", (double)bytes / 1e6);
    assert_true(bytes <= 5300000);
    struct item item;
    struct list_cursor cursor;
    struct element element;
    assert_true(find(0, &item));
    assert_int_equal(list_length(store(), &item), 1000000);
    for (u32 i = 0; i < 1000000; i += 997) {
        list_open(store(), &item, i, gathered, &cursor);
        assert_true(list_next(&cursor, &element));
        assert_true(element.is_integer && element.integer == (i64)i);
    }
    list_pop(store(), &item, LIST_HEAD, 999990);
    assert_int_equal(list_length(store(), &item), 10);
    assert_int_equal(item.encoding, ENCODING_RUN);
    store_check(store());
    list_open(store(), &item, 0, gathered, &cursor);
    assert_true(list_next(&cursor, &element));
    assert_int_equal(element.integer, 999990);
    delete_all();
    end();
}

static void misuse_is_caught(void **state) {
    (void)state;
    begin(64, 4096, 1000, 10);
    u64 id = element_id(0, 1);
    struct item item;
    struct list_cursor cursor;
    assert_int_equal(push(0, LIST_TAIL, &id, 1), STORE_OK);
    assert_true(find(0, &item));
    assert_dies("assertion failed", list_pop(store(), &item, LIST_HEAD, 2));
    assert_dies("assertion failed", list_open(store(), &item, 1, gathered, &cursor));
    assert_dies("assertion failed", push_values(0, LIST_TAIL, NULL, 0));
    assert_int_equal(fixture_set_text(&fixture, 0, "string", "abc"), STORE_OK);
    assert_true(fixture_find(&fixture, 0, bytes_of_string("string"), &item));
    assert_dies("assertion failed", list_pop(store(), &item, LIST_HEAD, 1));
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends),
        cmocka_unit_test(runs_and_trees),
        cmocka_unit_test(a_new_list_may_begin_as_a_tree),
        cmocka_unit_test(expiry_stays),
        cmocka_unit_test(too_long_changes_nothing),
        cmocka_unit_test(exhaustion_changes_nothing),
        cmocka_unit_test(no_key_left),
        cmocka_unit_test(histories_with_room),
        cmocka_unit_test(histories_in_a_full_store),
        cmocka_unit_test(popping_from_split_items),
        cmocka_unit_test(worst_case_holds),
        cmocka_unit_test(worst_case_covers_all_mixtures),
        cmocka_unit_test(worst_mixture_is_found),
        cmocka_unit_test(worst_case_is_pinned),
        cmocka_unit_test(guaranteed_is_never_refused),
        cmocka_unit_test(a_million_integers),
        cmocka_unit_test(misuse_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
