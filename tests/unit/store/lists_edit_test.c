/* Lists that change in their middle, by value and between each other: against arrays, at every
 * limit, in a full store, and with capacity guaranteed. */
#include "kv/reclaim.h"

#include "lists_world.h"

/* Few values, so that some are equal. */
#define SERIALS 4u

static u8 other_value[ELEMENT_LEN_MAX + 8];

static u64 random_id(u32 kinds) {
    return element_id((u32)prng_below(&prng, kinds), prng_below(&prng, SERIALS));
}

/* Whether two numbers stand for one value: short ones may. */
static bool same(u64 a, u64 b) {
    if (a == b) return true;
    if ((a & 0xff) != (b & 0xff) || (a & 0xff) > ELEMENT_WIDTHS + 2) return false;
    return bytes_equal(element_value(a, values[0]), element_value(b, other_value));
}

static struct list_place place_of(u32 k) {
    return (struct list_place){.key = key_of(k), .hash = store_hash(store(), 0, key_of(k))};
}

/* -- the operations, on a list and on its array -- */

static void array_insert(struct model *model, u32 position, u64 id) {
    memmove(model->ids + position + 1, model->ids + position,
            (model->count - position) * sizeof(u64));
    model->ids[position] = id;
    model->count++;
}

static void array_remove(struct model *model, u32 position, u32 n) {
    memmove(model->ids + position, model->ids + position + n,
            (model->count - position - n) * sizeof(u64));
    model->count -= n;
}

/* What was done left the item as a look-up finds it. */
static void expect_item(u32 k, const struct item *item) {
    struct item found;
    if (!find(k, &found)) {
        assert_true(item->handle == 0);
        return;
    }
    assert_true(found.handle == item->handle && found.encoding == item->encoding);
    assert_true(found.payload_len == item->payload_len);
}

static enum store_result set(u32 k, u32 position, u64 id) {
    struct item item;
    struct list_place place = place_of(k);
    assert_true(find(k, &item));
    enum store_result result =
        list_set(store(), &place, &item, position, element_value(id, values[1]));
    if (result != STORE_OK) return result;
    models[k].ids[position] = id;
    expect_item(k, &item);
    return result;
}

static enum store_result insert(u32 k, u32 position, u64 id) {
    struct item item;
    struct list_place place = place_of(k);
    assert_true(find(k, &item));
    enum store_result result =
        list_insert(store(), &place, &item, position, element_value(id, values[1]));
    if (result != STORE_OK) return result;
    array_insert(&models[k], position, id);
    expect_item(k, &item);
    return result;
}

static void trim(u32 k, u32 position, u32 count) {
    struct item item;
    struct model *model = &models[k];
    assert_true(find(k, &item));
    list_trim(store(), &item, position, count);
    if (count == 0) position = 0;
    model->count = position + count;
    array_remove(model, 0, position);
    expect_item(k, &item);
}

static void remove_equal(u32 k, u64 id, enum list_end from, u64 most) {
    struct item item;
    struct model *model = &models[k];
    u64 removed = 0, exhausted = store()->pages.gauge.exhausted;
    assert_true(find(k, &item));
    for (u32 n = 0, i = from == LIST_HEAD ? 0 : model->count - 1; n < models[k].count + removed;
         n++) {
        bool goes = removed < most && same(model->ids[i], id);
        if (goes) array_remove(model, i, 1);
        removed += goes;
        i = from == LIST_HEAD ? i + !goes : i - 1;
    }
    assert_int_equal(list_remove_equal(store(), &item, element_value(id, values[1]), from, most),
                     removed);
    assert_int_equal(store()->pages.gauge.exhausted, exhausted);
    expect_item(k, &item);
}

static enum store_result move(u32 from, enum list_end from_end, u32 to, enum list_end to_end) {
    struct list_place source = place_of(from), target = place_of(to);
    struct model *model = &models[from];
    enum store_result result = list_move(store(), &source, from_end, &target, to_end);
    if (result != STORE_OK) return result;
    u32 position = from_end == LIST_HEAD ? 0 : model->count - 1;
    u64 id = model->ids[position];
    array_remove(model, position, 1);
    array_insert(&models[to], to_end == LIST_HEAD ? 0 : models[to].count, id);
    return result;
}

static void search(u32 k, u64 id, enum list_end from, u64 most) {
    const struct model *model = &models[k];
    struct list_search search;
    struct item item;
    u64 position;
    assert_true(find(k, &item));
    list_search_begin(store(), &item, element_value(id, values[1]), from, most, gathered, &search);
    if (most == 0) most = model->count;
    for (u32 n = 0; n < u64_min(most, model->count); n++) {
        u32 i = from == LIST_HEAD ? n : model->count - 1 - n;
        if (!same(model->ids[i], id)) continue;
        assert_true(list_search_next(&search, &position));
        assert_int_equal(position, i);
    }
    assert_false(list_search_next(&search, &position));
    assert_false(list_search_next(&search, &position));
}

static void check_backwards(u32 k) {
    const struct model *model = &models[k];
    struct list_cursor cursor;
    struct element element;
    struct item item;
    if (!find(k, &item)) return;
    list_open(store(), &item, model->count - 1, gathered, &cursor);
    assert_true(list_next(&cursor, &element));
    for (u32 i = model->count; i-- > 0;) {
        assert_true(list_previous(&cursor, &element));
        assert_true(element_is(&store()->pages, &element, element_value(model->ids[i], values[0])));
    }
    assert_false(list_previous(&cursor, &element));
}

/* -- histories -- */

struct tally {
    u32 kinds;
    u32 target;
    u32 refused;
    u32 done[8];
};

static enum list_end random_end(void) {
    return prng_below(&prng, 2) ? LIST_HEAD : LIST_TAIL;
}

static u32 random_at(u32 count) {
    switch (prng_below(&prng, 4)) {
    case 0:
        return 0;
    case 1:
        return count - 1;
    default:
        return (u32)prng_below(&prng, count);
    }
}

static void count_result(struct tally *tally, u32 what, enum store_result result) {
    assert_int_not_equal(result, STORE_TOO_LONG);
    if (result == STORE_FULL)
        tally->refused++;
    else
        tally->done[what]++;
}

static void random_removal(struct tally *tally, u32 k) {
    struct model *model = &models[k];
    u64 id = prng_below(&prng, 3) ? model->ids[random_at(model->count)] : random_id(tally->kinds);
    u32 position;
    switch (prng_below(&prng, 8)) {
    case 0:
        position = random_at(model->count);
        trim(k, position, (u32)prng_below(&prng, model->count - position + 1));
        break;
    case 1:
        position = (u32)prng_below(&prng, u32_min(model->count, 5));
        trim(k, position, model->count - position);
        break;
    case 2:
        pop(k, random_end(), 1);
        break;
    case 3:
        remove_equal(k, id, random_end(), UINT64_MAX);
        break;
    default:
        remove_equal(k, id, random_end(), prng_below(&prng, 4));
        break;
    }
    tally->done[0]++;
}

static void random_change(struct tally *tally, u32 k) {
    struct model *model = &models[k];
    u64 id = random_id(tally->kinds);
    u32 other = prng_below(&prng, 3) ? (u32)prng_below(&prng, KEYS) : k;
    switch (prng_below(&prng, 5)) {
    case 0:
    case 1:
        count_result(tally, 1, set(k, random_at(model->count), id));
        break;
    case 2:
        if (models[other].count == MODEL_MAX) break;
        count_result(tally, 2 + (other == k), move(k, random_end(), other, random_end()));
        break;
    case 3:
        search(k, id, random_end(), prng_below(&prng, 3) ? 0 : prng_below(&prng, 50));
        break;
    default:
        if (prng_below(&prng, tally->target * 2) < model->count)
            random_removal(tally, k);
        else if (model->count < MODEL_MAX)
            count_result(tally, 4, insert(k, random_at(model->count + 1), id));
    }
}

static void random_step(struct tally *tally) {
    u32 k = (u32)prng_below(&prng, KEYS);
    if (models[k].count == 0 || prng_below(&prng, 8) == 0) {
        u64 ids[BATCH_MAX];
        u32 batch = 1 + (u32)prng_below(&prng, 8);
        if (models[k].count + batch > tally->target * 2) return;
        for (u32 i = 0; i < batch; i++)
            ids[i] = random_id(tally->kinds);
        if (push(k, random_end(), ids, batch) == STORE_FULL) tally->refused++;
    } else {
        random_change(tally, k);
    }
    check_list(k, models[k].count > 0 ? (u32)prng_below(&prng, models[k].count) : 0);
}

static void history(u64 pages, u32 kinds, u32 target, u32 steps, u64 seed, struct tally *tally) {
    begin(pages, ELEMENT_LEN_MAX, 1000000, seed);
    *tally = (struct tally){.kinds = kinds, .target = target};
    for (u32 i = 0; i < steps; i++) {
        random_step(tally);
        if (i % 3 == 0) store_tick(store(), 4);
#ifdef KV_DEBUG
        store_check(store());
#endif
        if (i % 16 == 0) check_all();
        if (i % 16 == 0) check_backwards((u32)prng_below(&prng, KEYS));
    }
    for (u32 what = 0; what < 5; what++)
        assert_int_not_equal(tally->done[what], 0);
    delete_all();
    end();
}

static void histories_with_room(void **state) {
    (void)state;
    struct tally tally;
    for (u64 seed = 0; seed < 6; seed++) {
        history(6000, ELEMENT_KINDS, 30, 1500, seed, &tally);
        assert_int_equal(tally.refused, 0);
        history(6000, ELEMENT_SHORT_KINDS, 200, 1500, seed, &tally);
        assert_int_equal(tally.refused, 0);
        history(6000, 4, 900, 1500, seed, &tally);
        assert_int_equal(tally.refused, 0);
    }
}

static void histories_in_a_full_store(void **state) {
    (void)state;
    struct tally tally;
    for (u64 seed = 0; seed < 30; seed++) {
        history(16 + seed, ELEMENT_SHORT_KINDS, 200, 1500, seed, &tally);
        assert_int_not_equal(tally.refused, 0);
        history(40, ELEMENT_KINDS - 2, 40, 800, seed, &tally);
        assert_int_not_equal(tally.refused, 0);
    }
}

/* -- shapes -- */

static u8 encoding_after_set(u32 k, u32 position, u32 kind) {
    assert_int_equal(set(k, position, element_id(kind, 1)), STORE_OK);
    check_all();
    return encoding_of(k);
}

/* A run that a longer element makes too long becomes a tree, and a tree whose elements shrink a run
 * again. */
static void setting_changes_the_shape(void **state) {
    (void)state;
    begin(64, 100000, 1000, 1);
    u64 ids[3] = {element_id(8, 1), element_id(ELEMENT_WIDTHS + 9, 1), element_id(0, 1)};
    assert_int_equal(push(0, LIST_TAIL, ids, 3), STORE_OK);
    assert_int_equal(encoding_of(0), ENCODING_RUN);
    assert_int_equal(encoding_after_set(0, 0, ELEMENT_WIDTHS + 9), ENCODING_RUN);
    assert_int_equal(encoding_after_set(0, 2, ELEMENT_WIDTHS + 9), ENCODING_TREE);
    assert_int_equal(encoding_after_set(0, 1, ELEMENT_WIDTHS + 18), ENCODING_TREE);
    assert_int_equal(encoding_after_set(0, 1, ELEMENT_WIDTHS + 19), ENCODING_TREE);
    assert_int_equal(encoding_after_set(0, 0, 0), ENCODING_RUN);
    assert_int_equal(encoding_after_set(0, 2, 0), ENCODING_RUN);
    assert_int_equal(encoding_after_set(0, 2, ELEMENT_WIDTHS + 18), ENCODING_RUN);
    assert_int_equal(encoding_after_set(0, 2, ELEMENT_WIDTHS + 11), ENCODING_RUN);
    assert_int_equal(encoding_after_set(0, 2, 3), ENCODING_RUN);
    delete_all();
    end();
}

static void expiry_and_key_stay(void **state) {
    (void)state;
    begin(64, 100000, 1000, 2);
    struct item item;
    struct store_need need = {0};
    u64 id = element_id(3, 1);
    assert_int_equal(push(5, LIST_TAIL, &id, 1), STORE_OK);
    store_need_item(store(), &need, 1000, 100);
    assert_true(store_reserve(store(), &need));
    assert_true(find(5, &item));
    store_set_expiry(store(), &item, FIXTURE_EPOCH_MS + 5000);
    store_release(store());
    for (u32 i = 0; i < 6; i++) {
        assert_int_equal(insert(5, i / 2, element_id(ELEMENT_WIDTHS + 9, i)), STORE_OK);
        assert_int_equal(set(5, i, element_id(ELEMENT_WIDTHS + 4 + i, i)), STORE_OK);
        assert_true(find(5, &item));
        assert_int_equal(item.expires_ms, FIXTURE_EPOCH_MS + 5000);
    }
    assert_int_equal(move(5, LIST_HEAD, 5, LIST_TAIL), STORE_OK);
    trim(5, 1, 2);
    assert_true(find(5, &item));
    assert_int_equal(item.expires_ms, FIXTURE_EPOCH_MS + 5000);
    /* Not that of the list to which an element goes. */
    assert_int_equal(move(5, LIST_HEAD, 1, LIST_TAIL), STORE_OK);
    assert_int_equal(move(5, LIST_HEAD, 2, LIST_TAIL), STORE_OK);
    for (u32 k = 1; k <= 2; k++) {
        assert_true(find(k, &item));
        assert_int_equal(item.expires_ms, 0);
    }
    check_all();
    delete_all();
    end();
}

/* What is equal: the canonical integer and nothing that only looks like it; and long values are
 * compared to their last byte. */
static void equality(void **state) {
    (void)state;
    begin(64, 100000, 1000, 3);
    static u8 longs[4][20000];
    const char *texts[] = {"12", "012", "+12", "12 ", "-12", "1", "", "12.0"};
    struct item item;
    struct list_search search;
    u64 position;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(texts); i++) {
        struct bytes text = bytes_of_string(texts[i]);
        assert_int_equal(push_values(0, LIST_TAIL, &text, 1), STORE_OK);
    }
    assert_true(find(0, &item));
    for (u32 i = 0; i < KV_ARRAY_LENGTH(texts); i++) {
        struct bytes text = bytes_of_string(texts[i]);
        list_search_begin(store(), &item, text, LIST_HEAD, 0, gathered, &search);
        assert_true(list_search_next(&search, &position));
        assert_int_equal(position, i);
        assert_false(list_search_next(&search, &position));
    }
    static const u32 lengths[] = {1025, 4096, 5120, 5121, 8192, 20000};
    for (u32 l = 0; l < KV_ARRAY_LENGTH(lengths); l++) {
        u32 len = lengths[l];
        struct bytes elements[4];
        for (u32 i = 0; i < 4; i++)
            elements[i] = bytes_of(memset(longs[i], 'a', len), len - (i == 1));
        longs[2][len - 1] = 'b';
        longs[3][0] = 'b';
        assert_int_equal(push_values(1, LIST_TAIL, elements, 4), STORE_OK);
        assert_true(find(1, &item));
        for (u32 i = 0; i < 4; i++) {
            list_search_begin(store(), &item, elements[i], LIST_TAIL, 0, gathered, &search);
            assert_true(list_search_next(&search, &position));
            assert_int_equal(position, i);
            assert_false(list_search_next(&search, &position));
        }
        assert_int_equal(list_remove_equal(store(), &item, elements[2], LIST_HEAD, 7), 1);
        assert_int_equal(list_length(store(), &item), 3);
        store_check(store());
        assert_int_equal(list_remove_equal(store(), &item, elements[0], LIST_HEAD, 7), 1);
        assert_int_equal(list_remove_equal(store(), &item, elements[1], LIST_HEAD, 7), 1);
        assert_int_equal(list_remove_equal(store(), &item, elements[3], LIST_HEAD, 7), 1);
        assert_true(item.handle == 0);
    }
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
    assert_int_equal(push(0, LIST_TAIL, ids, 40), STORE_OK);
    assert_int_equal(push(1, LIST_TAIL, ids, 3), STORE_OK);
    u64 used = store()->pages.gauge.used, live = store_bytes_live(store());
    assert_int_equal(insert(0, 20, ids[0]), STORE_TOO_LONG);
    assert_int_equal(move(1, LIST_HEAD, 0, LIST_HEAD), STORE_TOO_LONG);
    assert_int_equal(insert(1, 1, element_id(ELEMENT_WIDTHS + 16, 1)), STORE_TOO_LONG);
    assert_int_equal(set(1, 1, element_id(ELEMENT_WIDTHS + 16, 1)), STORE_TOO_LONG);
    assert_int_equal(set(0, 1, element_id(ELEMENT_WIDTHS + 18, 1)), STORE_TOO_LONG);
    assert_int_equal(store()->pages.gauge.used, used);
    assert_int_equal(store_bytes_live(store()), live);
    assert_int_equal(store()->counters.refused, 0);
    check_all();
    /* A full list still rotates. */
    assert_int_equal(move(0, LIST_TAIL, 0, LIST_HEAD), STORE_OK);
    assert_int_equal(move(0, LIST_HEAD, 1, LIST_HEAD), STORE_OK);
    check_all();
    delete_all();
    end();
}

/* With as many keys as there can be, an only element still moves to a new key. */
static void no_key_left(void **state) {
    (void)state;
    begin(200, 100000, 1000, 6);
    for (u32 kind = 0; kind < ELEMENT_KINDS; kind++) {
        u64 ids[2] = {element_id(kind, 1), element_id(kind, 2)};
        assert_int_equal(push(0, LIST_TAIL, ids, 2), STORE_OK);
        for (u32 k = 0; k < 4 * KEYS - 1; k++) {
            char name[32];
            int len = snprintf(name, sizeof(name), "filler%u", k);
            assert_int_equal(
                fixture_set(&fixture, 0, bytes_of(name, (size_t)len), bytes_of("v", 1)), STORE_OK);
        }
        assert_int_equal(move(0, LIST_HEAD, 1, LIST_HEAD), STORE_FULL);
        check_all();
        pop(0, LIST_HEAD, 1);
        assert_int_equal(move(0, LIST_HEAD, 1, LIST_HEAD), STORE_OK);
        assert_int_equal(move(1, LIST_TAIL, 1, LIST_HEAD), STORE_OK);
        check_all();
        delete_all();
    }
    end();
}

/* An element of a tree that is the only one. */
static void the_last_of_a_tree(void **state) {
    (void)state;
    begin(64, 100000, 1000, 7);
    for (u32 kind = ELEMENT_WIDTHS + 9; kind < ELEMENT_KINDS; kind++) {
        u64 ids[4];
        struct hoard hoard;
        for (u32 i = 0; i < 4; i++)
            ids[i] = element_id(i == 3 ? kind : ELEMENT_WIDTHS + 9, i);
        assert_int_equal(push(0, LIST_TAIL, ids, 4), STORE_OK);
        assert_int_equal(push(1, LIST_TAIL, ids, 1), STORE_OK);
        assert_int_equal(encoding_of(0), ENCODING_TREE);
        /* Nothing is free for a run. */
        hoard_all(&hoard);
        pop(0, LIST_HEAD, 3);
        if (encoding_of(0) == ENCODING_TREE) {
            give_back(&hoard, hoard.count);
            assert_int_equal(move(0, LIST_HEAD, 1, LIST_TAIL), STORE_OK);
        } else {
            give_back(&hoard, hoard.count);
        }
        check_all();
        delete_all();
    }
    end();
}

/* -- a full store -- */

typedef enum store_result attempt(u64 id, u32 where);

static enum store_result try_set(u64 id, u32 where) {
    return set(0, where % models[0].count, id);
}
static enum store_result try_insert(u64 id, u32 where) {
    return insert(0, where % (models[0].count + 1), id);
}
static enum store_result try_move(u64 id, u32 where) {
    (void)id;
    return move(0, where % 2 ? LIST_HEAD : LIST_TAIL, 1, where % 3 ? LIST_HEAD : LIST_TAIL);
}
static enum store_result try_rotate(u64 id, u32 where) {
    (void)id;
    return move(0, where % 2 ? LIST_HEAD : LIST_TAIL, 0, where % 2 ? LIST_TAIL : LIST_HEAD);
}

/* Each change is tried with 0, 1, 2 ... pages free: all of it happens or nothing. */
static void exhaustion_changes_nothing(void **state) {
    (void)state;
    static attempt *const attempts[] = {try_set, try_insert, try_move, try_rotate};
    u32 refusals[KV_ARRAY_LENGTH(attempts)] = {0};
    for (u32 round = 0; round < 1200; round++) {
        begin(250, ELEMENT_LEN_MAX, 100000, round);
        struct hoard hoard;
        u32 before = 1 + (u32)prng_below(&prng, round % 3 ? 60 : 6);
        for (u32 i = 0; i < before; i++) {
            u64 id = element_random(&prng, ELEMENT_SHORT_KINDS + 4);
            assert_int_equal(push(0, LIST_TAIL, &id, 1), STORE_OK);
            if (prng_below(&prng, 4) == 0) assert_int_equal(push(1, LIST_TAIL, &id, 1), STORE_OK);
        }
        u64 id = element_random(&prng, ELEMENT_KINDS);
        u32 where = (u32)prng_below(&prng, 1000), what = round % KV_ARRAY_LENGTH(attempts);
        hoard_all(&hoard);
        for (u64 refused = 0;;) {
            enum store_result result = attempts[what](id, where);
            check_list(0, 0);
            check_list(1, 0);
            assert_false(store()->heap.reserved);
            if (result == STORE_OK) break;
            assert_int_equal(result, STORE_FULL);
            assert_int_equal(store()->counters.refused, ++refused);
            assert_int_equal(store()->pages.kind_count[PAGE_FREE], refused - 1);
            assert_true(hoard.count > 0);
            give_back(&hoard, 1);
            refusals[what]++;
        }
        give_back(&hoard, hoard.count);
        check_all();
        delete_all();
        end();
    }
    for (u32 i = 0; i < KV_ARRAY_LENGTH(attempts); i++)
        assert_int_not_equal(refusals[i], 0);
}

/* An element of the same size, or of a smaller one, needs nothing: whatever the store is full of.
 */
static void replacing_by_less_needs_nothing(void **state) {
    (void)state;
    for (u32 kind = 0; kind < ELEMENT_KINDS; kind++) {
        begin(64, ELEMENT_LEN_MAX, 100000, kind);
        struct hoard hoard;
        u64 ids[3] = {element_id(kind, 1), element_id(kind, 2), element_id(kind, 3)};
        assert_int_equal(push(0, LIST_TAIL, ids, 3), STORE_OK);
        hoard_all(&hoard);
        for (u32 i = 0; i < 3; i++)
            assert_int_equal(set(0, i, element_id(kind, 4 + 2 * i)), STORE_OK);
        check_list(0, 0);
        for (u32 smaller = kind; smaller-- > 0;) {
            if (smaller >= ELEMENT_WIDTHS && smaller == ELEMENT_KINDS - 2) continue;
            if (element_value(element_id(smaller, 2), values[0]).len >
                element_value(ids[0], values[1]).len)
                continue;
            assert_int_equal(set(0, smaller % 3, element_id(smaller, 2)), STORE_OK);
            check_list(0, 0);
            break;
        }
        give_back(&hoard, hoard.count);
        delete_all();
        end();
    }
}

/* -- capacity guaranteed -- */

struct setting {
    u64 keys, key_size, val_size, length;
};

static struct bytes guaranteed_key(const struct setting *setting, u64 k) {
    static u8 names[2][1024];
    u8 *name = names[k % 2];
    memset(name, 'k', sizeof(names[0]));
    name[0] = (u8)k;
    return bytes_of(name, setting->key_size);
}

static struct bytes guaranteed_value(const struct setting *setting, bool filling) {
    u64 len = filling ? setting->val_size : random_len(setting->val_size);
    memset(values[0], (int)('a' + prng_below(&prng, 3)), len);
    return bytes_of(values[0], len);
}

/* One change of a list of `count` elements within the limits. */
static void guaranteed_change(const struct setting *setting, u64 k, struct item *item, u64 count,
                              bool filling) {
    struct bytes value = guaranteed_value(setting, filling);
    struct bytes key = guaranteed_key(setting, k);
    struct list_place place = {.key = key, .hash = store_hash(store(), 0, key)};
    struct item other;
    /* Any other key: of 256 at most, and with another place for its name. */
    u64 to = setting->keys < 2
                 ? k
                 : (k + 1 + 2 * prng_below(&prng, setting->keys / 2)) % (setting->keys & ~1ull);
    struct bytes to_key = to == k ? key : guaranteed_key(setting, to);
    struct list_place target = {.key = to_key, .hash = store_hash(store(), 0, to_key)};
    u64 at = prng_below(&prng, count);
    switch (prng_below(&prng, filling ? 3 : 7)) {
    case 0:
        if (count == setting->length) break;
        assert_int_equal(list_insert(store(), &place, item, at, value), STORE_OK);
        return;
    case 1:
        break;
    case 2:
        assert_int_equal(
            list_move(store(), &place, random_end(), &place, at % 2 ? LIST_HEAD : LIST_TAIL),
            STORE_OK);
        return;
    case 3:
        if (to != k && fixture_find(&fixture, 0, to_key, &other) &&
            list_length(store(), &other) == setting->length)
            break;
        assert_int_equal(list_move(store(), &place, random_end(), &target, random_end()), STORE_OK);
        return;
    case 4:
        list_trim(store(), item, at, 1 + prng_below(&prng, count - at));
        return;
    case 5:
        list_remove_equal(store(), item, value, random_end(), prng_below(&prng, 3));
        return;
    default:
        list_pop(store(), item, random_end(), 1 + prng_below(&prng, count) / 4);
        return;
    }
    assert_int_equal(list_set(store(), &place, item, at, value), STORE_OK);
}

static void guaranteed(struct setting setting, u32 steps, u64 seed) {
    struct options options = fixture_options(CAPACITY_GUARANTEED, setting.keys, setting.key_size,
                                             setting.val_size, setting.length);
    fixture_open(&fixture, &options, 0, seed);
    prng_init(&prng, seed);
    for (u32 i = 0; i < steps; i++) {
        /* The end is the worst there is: every list full, of the longest values, and changing. */
        bool filling = i > steps / 2;
        u64 k = prng_below(&prng, setting.keys);
        struct item item = {0};
        struct bytes key = guaranteed_key(&setting, k);
        bool found = fixture_find(&fixture, 0, key, &item);
        u64 count = found ? list_length(store(), &item) : 0;
        if (!found) item = (struct item){0};
        if (count > 0 && (count == setting.length || prng_below(&prng, 3))) {
            guaranteed_change(&setting, k, &item, count, filling);
        } else {
            struct bytes value = guaranteed_value(&setting, filling);
            assert_int_equal(list_push(store(), 0, key, store_hash(store(), 0, key), &item,
                                       random_end(), &value, 1),
                             STORE_OK);
        }
        if (i % 64 == 0) store_check(store());
    }
    store_check(store());
    assert_int_equal(store()->counters.refused, 0);
    end();
}

static void guaranteed_is_never_refused(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 4; seed++) {
        guaranteed((struct setting){8, 40, 100, 10}, 6000, seed);
        guaranteed((struct setting){8, 1000, 1024, 7}, 6000, seed);
        guaranteed((struct setting){6, 100, 4096, 50}, 5000, seed);
        guaranteed((struct setting){5, 10, 700, 30}, 6000, seed);
        guaranteed((struct setting){20, 300, 20, 100}, 12000, seed);
        guaranteed((struct setting){4, 64, 6000, 20}, 5000, seed);
        guaranteed((struct setting){1, 1, 1, 1}, 200, seed);
        guaranteed((struct setting){3, 1000, 5120, 3}, 5000, seed);
        guaranteed((struct setting){1, 30, 1000, 3000}, 12000, seed);
        guaranteed((struct setting){2, 30, 70000, 12}, 3000, seed);
    }
}

static void misuse_is_caught(void **state) {
    (void)state;
    begin(64, 4096, 1000, 10);
    u64 id = element_id(0, 1);
    struct item item;
    struct list_place place = place_of(0), none = place_of(1);
    assert_int_equal(push(0, LIST_TAIL, &id, 1), STORE_OK);
    assert_true(find(0, &item));
    assert_dies("assertion failed", list_set(store(), &place, &item, 1, bytes_of("a", 1)));
    assert_dies("assertion failed", list_trim(store(), &item, 1, 1));
    assert_dies("assertion failed", list_move(store(), &none, LIST_HEAD, &place, LIST_HEAD));
    item.type = ITEM_STRING;
    assert_dies("assertion failed", list_insert(store(), &place, &item, 0, bytes_of("a", 1)));
    assert_dies("assertion failed",
                list_remove_equal(store(), &item, bytes_of("a", 1), LIST_HEAD, 1));
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histories_with_room),
        cmocka_unit_test(histories_in_a_full_store),
        cmocka_unit_test(setting_changes_the_shape),
        cmocka_unit_test(expiry_and_key_stay),
        cmocka_unit_test(equality),
        cmocka_unit_test(too_long_changes_nothing),
        cmocka_unit_test(no_key_left),
        cmocka_unit_test(the_last_of_a_tree),
        cmocka_unit_test(exhaustion_changes_nothing),
        cmocka_unit_test(replacing_by_less_needs_nothing),
        cmocka_unit_test(guaranteed_is_never_refused),
        cmocka_unit_test(misuse_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
