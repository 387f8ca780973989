/* The guarantee: with capacity guaranteed, a write within the limits is never refused for memory,
 * whatever happened before.
 *
 * Each history first does its worst to the pages: sizes mixed to fragment them, deletes that leave
 * them sparse, lists that grow and shrink, keys that expire, databases that are flushed. Then every
 * key gets as much as the limits allow, in every shape, and is overwritten by another. */
#include "kv/lists.h"
#include "kv/prng.h"

#include "dumps.h"

#define DATABASES 3u
#define PUSH_MAX 16u
#define VALUE_SPACE 20000u

struct setting {
    u64 keys;
    u64 key_size;
    u64 val_size;
    u64 list_length;
};

struct trial {
    struct fixture fixture;
    struct store *store;
    struct setting setting;
    struct prng prng;
    u64 writes;
};

static u8 filler[VALUE_SPACE + ITEM_KEY_MAX];

static u64 below(struct trial *trial, u64 bound) {
    return prng_below(&trial->prng, bound);
}

/* The two names of slot `i`: at any time at most one of them exists, so that there are never more
 * than key-count keys. The first names have all lengths, the second ones the largest. */
static struct bytes name_of(const struct trial *trial, u32 i, bool full, u8 out[ITEM_KEY_MAX]) {
    u64 max = trial->setting.key_size;
    memcpy(out, filler, max);
    out[0] = (u8)i;
    if (max > 1) out[1] = (u8)(i >> 8);
    if (max > 2) out[2] = full;
    u64 len = full || max < 4 ? max : 3 + (u64)i * 37 % (max - 3);
    return bytes_of(out, len);
}

static u32 database_of(u32 i) {
    return i % DATABASES;
}

static void remove_name(struct trial *trial, u32 i, bool full) {
    u8 buffer[ITEM_KEY_MAX];
    fixture_delete(&trial->fixture, database_of(i), name_of(trial, i, full, buffer));
}

/* A length that is likely to be at a border. */
static u64 random_length(struct trial *trial, u64 max) {
    static const u64 borders[] = {0, 1, 60, 180, 370, 1000, 1024, 1025, 2048, 4076, 4095, 4096};
    u64 len = below(trial, 3) ? below(trial, max + 1) : borders[below(trial, 12)];
    if (below(trial, 4) == 0) len = max - below(trial, 3);
    return u64_min(len, max);
}

static void set_string(struct trial *trial, u32 i, bool full, u64 len) {
    u8 buffer[ITEM_KEY_MAX];
    struct bytes key = name_of(trial, i, full, buffer);
    u32 database = database_of(i);
    struct string_pair pair = {.key = key,
                               .value = bytes_of(filler + below(trial, 1000), len),
                               .hash = store_hash(trial->store, database, key)};
    enum string_expiry expiry = (enum string_expiry)below(trial, 3);
    u64 when = trial->store->now_ms + 100 + below(trial, 1000);
    assert_int_equal(string_set(trial->store, database, &pair, expiry, when), STORE_OK);
    trial->writes++;
}

static void append_string(struct trial *trial, u32 i, bool full, u64 len) {
    u8 buffer[ITEM_KEY_MAX];
    struct bytes key = name_of(trial, i, full, buffer);
    u32 database = database_of(i);
    struct item item;
    if (fixture_find(&trial->fixture, database, key, &item) && item.type != ITEM_STRING) return;
    u64 length;
    enum store_result result =
        string_append(trial->store, database, key, store_hash(trial->store, database, key),
                      bytes_of(filler, len), &length);
    assert_true(result == STORE_OK || result == STORE_TOO_LONG);
    trial->writes++;
}

/* Writes `len` bytes at an offset, over a string or where nothing is. */
static void write_part(struct trial *trial, u32 i, bool full, u64 offset, u64 len) {
    u8 buffer[ITEM_KEY_MAX];
    struct bytes key = name_of(trial, i, full, buffer);
    u32 database = database_of(i);
    struct item item = {0};
    if (fixture_find(&trial->fixture, database, key, &item)) {
        if (item.type != ITEM_STRING) return;
    } else {
        item.handle = 0;
    }
    enum store_result result =
        string_write(trial->store, database, key, store_hash(trial->store, database, key), &item,
                     offset, bytes_of(filler, len));
    assert_int_equal(result, STORE_OK);
    trial->writes++;
}

/* Combines slot `i` with itself and another slot of its database, over itself. */
static void combine_strings(struct trial *trial, u32 i, bool full) {
    u8 buffers[2][ITEM_KEY_MAX];
    u32 database = database_of(i);
    u32 other = (u32)below(trial, trial->setting.keys);
    other -= other % DATABASES;
    other += database;
    struct bytes sources[2] = {name_of(trial, i, full, buffers[0]),
                               name_of(trial, other, full, buffers[1])};
    struct string_bitop_call call = {.op = (enum string_bitop)below(trial, 3),
                                     .database = database,
                                     .key = sources[0],
                                     .hash = store_hash(trial->store, database, sources[0]),
                                     .sources = sources,
                                     .count = 2};
    for (u32 j = 0; j < 2; j++) {
        struct item item;
        if (!fixture_find(&trial->fixture, database, sources[j], &item)) continue;
        if (item.type != ITEM_STRING) return;
        call.length = u64_max(call.length, string_length(trial->store, &item));
    }
    if (call.length == 0) return;
    assert_int_equal(string_bitop(trial->store, &call), STORE_OK);
    trial->writes++;
}

/* Pushes `count` elements, as far as the list's length allows; `len` of UINT64_MAX: of any. */
static void push_list(struct trial *trial, u32 i, bool full, u64 count, u64 len) {
    u8 buffer[ITEM_KEY_MAX];
    struct bytes key = name_of(trial, i, full, buffer);
    u32 database = database_of(i);
    struct store *store = trial->store;
    struct item item = {0};
    u64 hash = store_hash(store, database, key);
    if (store_find(store, database, key, hash, &item)) {
        if (item.type != ITEM_LIST) {
            store_delete(store, &item);
            item = (struct item){0};
        } else {
            count = u64_min(count, trial->setting.list_length - list_length(store, &item));
        }
    } else {
        item = (struct item){0};
    }
    struct bytes elements[PUSH_MAX];
    while (count > 0) {
        u32 part = (u32)u64_min(count, 1 + below(trial, PUSH_MAX));
        for (u32 j = 0; j < part; j++) {
            u64 size = len == UINT64_MAX ? random_length(trial, trial->setting.val_size) : len;
            elements[j] = bytes_of(filler + below(trial, 1000), size);
        }
        enum list_end end = below(trial, 2) ? LIST_HEAD : LIST_TAIL;
        assert_int_equal(list_push(store, database, key, hash, &item, end, elements, part),
                         STORE_OK);
        trial->writes++;
        count -= part;
    }
}

static void pop_list(struct trial *trial, u32 i, bool full) {
    u8 buffer[ITEM_KEY_MAX];
    struct item item;
    struct bytes key = name_of(trial, i, full, buffer);
    if (!fixture_find(&trial->fixture, database_of(i), key, &item)) return;
    if (item.type != ITEM_LIST) return;
    u64 count = 1 + below(trial, list_length(trial->store, &item));
    list_pop(trial->store, &item, below(trial, 2) ? LIST_HEAD : LIST_TAIL, count);
}

static void set_expiry(struct trial *trial, u32 i, bool full, u64 in_ms) {
    u8 buffer[ITEM_KEY_MAX];
    struct store *store = trial->store;
    u32 database = database_of(i);
    struct bytes key = name_of(trial, i, full, buffer);
    struct item item;
    if (!fixture_find(&trial->fixture, database, key, &item)) return;
    u64 when = store->now_ms + in_ms;
    if (!store_expiry_fits(store, &item, when)) {
        struct store_need need = {0};
        store_need_item(store, &need, key.len, item.payload_len);
        u64 moves = store->moves;
        assert_true(store_reserve(store, &need));
        store_refresh(store, database, key, store_hash(store, database, key), moves, &item);
    }
    store_set_expiry(store, &item, when);
    store_release(store);
    trial->writes++;
}

/* Copies, renames and dumps between two keys that exist: each replaces what may be of any other
 * form. */
static void replace_by_another(struct trial *trial, bool full) {
    u8 buffers[2][ITEM_KEY_MAX];
    struct key_place places[2];
    struct store *store = trial->store;
    struct item item;
    u32 first = (u32)below(trial, trial->setting.keys);
    u32 second = (u32)below(trial, trial->setting.keys);
    if (first == second) return;
    for (u32 n = 0; n < 2; n++) {
        u32 i = n == 0 ? first : second;
        places[n].database = database_of(i);
        places[n].key = name_of(trial, i, full, buffers[n]);
        places[n].hash = store_hash(store, places[n].database, places[n].key);
        if (!fixture_find(&trial->fixture, places[n].database, places[n].key, &item)) return;
    }
    struct restore *restore;
    struct bytes dump;
    switch (below(trial, 4)) {
    case 0:
        assert_int_equal(key_rename(store, &places[0], &places[1]), STORE_OK);
        return;
    case 1:
        restore = malloc(sizeof(*restore));
        assert_non_null(restore);
        store_find(store, places[0].database, places[0].key, places[0].hash, &item);
        dump = dumps_of(store, &item);
        assert_int_equal(restore_check(restore, store, dump, dumps_memory()), RESTORE_OK);
        assert_int_equal(restore_put(restore, store, &places[1], 0), STORE_OK);
        dumps_free(&dump);
        free(restore);
        break;
    default:
        assert_int_equal(key_copy(store, &places[0], &places[1]), STORE_OK);
    }
    trial->writes++;
}

/* To the other name of its slot, and back: from any length to any other. */
static void rename_to_and_fro(struct trial *trial, bool full) {
    u8 buffers[2][ITEM_KEY_MAX];
    struct key_place places[2];
    struct item item;
    u32 i = (u32)below(trial, trial->setting.keys);
    for (u32 n = 0; n < 2; n++) {
        places[n].database = (database_of(i) + n * (u32)below(trial, DATABASES)) % DATABASES;
        places[n].key = name_of(trial, i, full ^ (n == 1), buffers[n]);
        places[n].hash = store_hash(trial->store, places[n].database, places[n].key);
    }
    if (bytes_equal(places[0].key, places[1].key)) return;
    if (!fixture_find(&trial->fixture, places[0].database, places[0].key, &item)) return;
    assert_int_equal(key_rename(trial->store, &places[0], &places[1]), STORE_OK);
    assert_int_equal(key_rename(trial->store, &places[1], &places[0]), STORE_OK);
    trial->writes++;
}

/* -- histories -- */

static void churn_step(struct trial *trial) {
    u32 i = (u32)below(trial, trial->setting.keys);
    u64 dice = below(trial, 100);
    u64 val_size = trial->setting.val_size;
    u64 offset = below(trial, val_size);
    if (dice < 30)
        set_string(trial, i, false, random_length(trial, val_size));
    else if (dice < 37)
        write_part(trial, i, false, offset, random_length(trial, val_size - offset));
    else if (dice < 40)
        combine_strings(trial, i, false);
    else if (dice < 50)
        append_string(trial, i, false, random_length(trial, trial->setting.val_size));
    else if (dice < 65)
        push_list(trial, i, false, 1 + below(trial, trial->setting.list_length), UINT64_MAX);
    else if (dice < 75)
        pop_list(trial, i, false);
    else if (dice < 88)
        remove_name(trial, i, false);
    else if (dice < 91)
        set_expiry(trial, i, false, below(trial, 2000));
    else if (dice < 92)
        replace_by_another(trial, false);
    else if (dice < 93)
        store_flush(trial->store, (u32)below(trial, DATABASES));
    else if (dice < 95)
        store_tick(trial->store, (u32)below(trial, 100));
    else
        store_set_now(trial->store, trial->store->now_ms + below(trial, 300));
}

/* Fills with small things of one size, then removes all but every n-th. */
static void leave_sparse(struct trial *trial) {
    u64 len = random_length(trial, u64_min(trial->setting.val_size, 3000));
    u32 keep = 2 + (u32)below(trial, 6);
    for (u32 i = 0; i < trial->setting.keys; i++)
        set_string(trial, i, false, len);
    for (u32 i = 0; i < trial->setting.keys; i++) {
        if (i % keep != 0) remove_name(trial, i, false);
    }
}

enum shape {
    FULL_STRING,  /* of the largest size */
    FULL_TAIL,    /* one that leaves most in the item */
    FULL_GROWN,   /* one of the largest size that was short before */
    FULL_RESULT,  /* one of the largest size that is computed from itself */
    FULL_LIST,    /* of the largest elements */
    FULL_INLINE,  /* of elements that leave most in the leaves */
    FULL_MIXED,   /* of elements of any size */
    SMALLEST_RUN, /* elements with pages, as many as a run takes */
    SHAPES
};

static u64 largest_with_rest(u64 max, u64 rest) {
    return max < rest ? max : (max - rest) / PAGE_BYTES * PAGE_BYTES + rest;
}

static void fill_slot(struct trial *trial, u32 i, enum shape shape) {
    const struct setting *setting = &trial->setting;
    u64 longest = setting->val_size;
    u64 inlined = largest_with_rest(longest, RUN_INLINE_MAX);
    remove_name(trial, i, false);
    switch (shape) {
    case FULL_STRING:
        set_string(trial, i, true, longest);
        return;
    case FULL_TAIL:
        set_string(trial, i, true, largest_with_rest(longest, PAGE_BYTES - 1));
        return;
    case FULL_GROWN:
        set_string(trial, i, true, u64_min(longest, 40));
        write_part(trial, i, true, longest - 1, 1);
        return;
    case FULL_RESULT:
        set_string(trial, i, true, longest);
        combine_strings(trial, i, true);
        return;
    case FULL_LIST:
        push_list(trial, i, true, setting->list_length, longest);
        return;
    case FULL_INLINE:
        push_list(trial, i, true, setting->list_length, inlined);
        return;
    case FULL_MIXED:
        push_list(trial, i, true, u64_min(setting->list_length, 3), inlined);
        push_list(trial, i, true, setting->list_length, longest);
        return;
    default:
        push_list(trial, i, true, u64_min(setting->list_length, 200), longest);
        return;
    }
}

/* Every key gets as much as it may have, in an order and in shapes of the history's own. */
static void fill_all(struct trial *trial, enum shape shape) {
    u32 keys = (u32)trial->setting.keys;
    u32 first = (u32)below(trial, keys);
    u32 stride = below(trial, 2) ? 1 : keys - 1;
    for (u32 n = 0; n < keys; n++) {
        u32 i = (u32)((first + (u64)n * u32_max(stride, 1)) % keys);
        enum shape own = shape == SHAPES ? (enum shape)below(trial, SHAPES) : shape;
        fill_slot(trial, i, own);
    }
    for (u32 i = 0; i < keys; i++)
        set_expiry(trial, i, true, 1000000);
    for (u32 i = 0; i < u32_min(keys, 12); i++) {
        rename_to_and_fro(trial, true);
        replace_by_another(trial, true);
    }
}

/* All keys of one database at once, over what they hold. */
static void set_many(struct trial *trial, u32 database) {
    u32 keys = (u32)trial->setting.keys;
    struct bytes *words = calloc(2 * (size_t)keys, sizeof *words);
    u8 *names = calloc(keys, ITEM_KEY_MAX);
    assert_true(words != NULL && names != NULL);
    u32 count = 0;
    for (u32 i = database; i < keys; i += DATABASES) {
        remove_name(trial, i, false);
        words[2 * count] = name_of(trial, i, true, names + (size_t)count * ITEM_KEY_MAX);
        words[2 * count + 1] = bytes_of(filler, trial->setting.val_size);
        count++;
    }
    assert_int_equal(string_set_many(trial->store, database, words, count), STORE_OK);
    free(words);
    free(names);
    trial->writes += count;
}

static void trial_open(struct trial *trial, const struct setting *setting, u64 seed) {
    *trial = (struct trial){.setting = *setting};
    trial->store = &trial->fixture.store;
    prng_init(&trial->prng, seed);
    struct options options = fixture_options(CAPACITY_GUARANTEED, setting->keys, setting->key_size,
                                             setting->val_size, setting->list_length);
    fixture_open(&trial->fixture, &options, 0, seed);
}

static void trial_close(struct trial *trial) {
    /* Not one write was refused for memory; and no key was beyond key-count. */
    assert_int_equal(trial->store->counters.refused, 0);
    store_check(trial->store);
    fixture_close(&trial->fixture);
}

static void run_trial(const struct setting *setting, u64 seed) {
    struct trial trial;
    trial_open(&trial, setting, seed);
    for (u32 round = 0; round < 2; round++) {
        for (u64 i = 0; i < setting->keys * 10; i++)
            churn_step(&trial);
        if (below(&trial, 2)) leave_sparse(&trial);
        store_check(trial.store);
        /* From shape to shape, each over the one before. */
        for (u32 n = 0; n < 3; n++) {
            enum shape shape = (enum shape)below(&trial, SHAPES + 1);
            fill_all(&trial, shape);
            store_check(trial.store);
        }
        for (u32 database = 0; database < DATABASES; database++)
            set_many(&trial, database);
        store_check(trial.store);
        fill_all(&trial, FULL_LIST);
        store_check(trial.store);
        for (u32 i = 0; i < setting->keys; i++) {
            if (below(&trial, 3)) remove_name(&trial, i, true);
        }
        if (below(&trial, 2)) store_flush_all(trial.store);
        /* The first names come back: the second ones must go. */
        for (u32 i = 0; i < setting->keys; i++)
            remove_name(&trial, i, true);
    }
    trial_close(&trial);
}

static const struct setting settings[] = {
    {.keys = 1, .key_size = 3, .val_size = 1, .list_length = 1},
    {.keys = 1, .key_size = 3072, .val_size = 9000, .list_length = 30},
    {.keys = 60, .key_size = 8, .val_size = 20, .list_length = 3},
    {.keys = 100, .key_size = 16, .val_size = 300, .list_length = 6},
    {.keys = 20, .key_size = 1024, .val_size = 4096, .list_length = 10},
    {.keys = 20, .key_size = 3072, .val_size = 4095, .list_length = 4},
    {.keys = 12, .key_size = 2000, .val_size = 4096, .list_length = 60},
    {.keys = 15, .key_size = 100, .val_size = 1024, .list_length = 30},
    {.keys = 15, .key_size = 500, .val_size = 1025, .list_length = 12},
    {.keys = 10, .key_size = 64, .val_size = 5120, .list_length = 20},
    {.keys = 10, .key_size = 64, .val_size = 5121, .list_length = 11},
    {.keys = 8, .key_size = 300, .val_size = 16384, .list_length = 9},
    {.keys = 8, .key_size = 30, .val_size = 60, .list_length = 700},
    {.keys = 3, .key_size = 30, .val_size = 1024, .list_length = 1200},
};

static void small_stores(void **state) {
    (void)state;
    for (u32 i = 0; i < KV_ARRAY_LENGTH(settings); i++) {
        for (u64 seed = 0; seed < 4; seed++)
            run_trial(&settings[i], seed * 100 + i);
    }
}

/* Random limits, one history each. */
static void random_limits(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 77);
    for (u32 i = 0; i < 40; i++) {
        struct setting setting = {.keys = 1 + prng_below(&prng, 40),
                                  .key_size = 3 + prng_below(&prng, 3070) / (1 + i % 30),
                                  .val_size = 1 + prng_below(&prng, 9000),
                                  .list_length = 1 + prng_below(&prng, 25)};
        run_trial(&setting, 5000 + i);
    }
}

/* Filled to the last byte that the limits allow, the reference store has room for each of its keys
 * again. */
static void the_reference_configuration(void **state) {
    (void)state;
    static const struct setting reference = {
        .keys = 1000, .key_size = 1024, .val_size = 4096, .list_length = 50};
    struct trial trial;
    trial_open(&trial, &reference, 9);
    for (u32 i = 0; i < 5000; i++)
        churn_step(&trial);
    leave_sparse(&trial);
    fill_all(&trial, FULL_LIST);
    fill_all(&trial, SHAPES);
    for (u32 i = 0; i < reference.keys; i++)
        fill_slot(&trial, i, FULL_MIXED);
    trial_close(&trial);
}

int main(void) {
    for (u32 i = 0; i < sizeof filler; i++)
        filler[i] = (u8)('a' + i % 23);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_stores),
        cmocka_unit_test(random_limits),
        cmocka_unit_test(the_reference_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
