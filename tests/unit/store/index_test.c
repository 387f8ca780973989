/* The index: every key is found, deletes leave nothing behind, a scan sees what stays. */
#include "kv/index.h"
#include "kv/prng.h"

#include "fixture.h"

#define KEYS_MAX 5000u

/* What should be in the table: handle i + 1 with hashes[i], when present[i]. */
struct model {
    struct index index;
    void *table;
    u64 hashes[KEYS_MAX];
    heap_handle handles[KEYS_MAX];
    bool present[KEYS_MAX];
};

static u64 hash_of(void *owner, heap_handle handle) {
    const struct model *model = owner;
    for (u32 i = 0; i < KEYS_MAX; i++) {
        if (model->present[i] && model->handles[i] == handle) return model->hashes[i];
    }
    fail_msg("handle %llu is not of this test", (unsigned long long)handle);
    return 0;
}

static struct model *model_open(u64 buckets, u64 keys) {
    struct model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    model->table = aligned_alloc(INDEX_BUCKET_BYTES, buckets * INDEX_BUCKET_BYTES);
    assert_non_null(model->table);
    memset(model->table, 0, buckets * INDEX_BUCKET_BYTES);
    index_init(&model->index, model->table, buckets, keys);
    return model;
}

static void model_close(struct model *model) {
    free(model->table);
    free(model);
}

static void model_insert(struct model *model, u32 i, u64 hash) {
    model->hashes[i] = hash;
    model->handles[i] = heap_handle_make(i + 1, i % 300);
    model->present[i] = true;
    index_insert(&model->index, hash, model->handles[i]);
}

static void model_remove(struct model *model, u32 i) {
    index_remove(&model->index, model->hashes[i], model->handles[i]);
    model->present[i] = false;
}

static bool find(const struct model *model, u64 hash, heap_handle handle) {
    struct index_probe probe = {0};
    u32 seen = 0;
    for (;;) {
        heap_handle candidate = index_next(&model->index, hash, &probe);
        if (candidate == 0) return false;
        if (candidate == handle) return true;
        assert_true(++seen <= KEYS_MAX);
    }
}

static void bucket_count_keeps_the_load(void **state) {
    (void)state;
    assert_int_equal(index_bucket_count(0), 1);
    assert_int_equal(index_bucket_count(1), 1);
    assert_int_equal(index_bucket_count(6), 1);
    assert_int_equal(index_bucket_count(7), 2);
    for (u64 keys = 1; keys < 100000; keys = keys * 3 + 1) {
        u64 buckets = index_bucket_count(keys);
        assert_true(keys * 8 <= buckets * 7 * INDEX_BUCKET_ENTRIES);
        assert_true(buckets == 1 || keys * 8 > (buckets - 1) * 7 * INDEX_BUCKET_ENTRIES);
    }
    assert_int_equal(index_bucket_count(4000000000u), 653061225);
}

static void holds_its_full_count(void **state) {
    (void)state;
    struct model *model = model_open(index_bucket_count(KEYS_MAX), KEYS_MAX);
    struct prng prng;
    prng_init(&prng, 1);
    for (u32 i = 0; i < KEYS_MAX; i++)
        model_insert(model, i, prng_next(&prng));
    assert_int_equal(model->index.gauge.used, KEYS_MAX);
    assert_int_equal(model->index.gauge.high_water, KEYS_MAX);
    for (u32 i = 0; i < KEYS_MAX; i++)
        assert_true(find(model, model->hashes[i], model->handles[i]));
    for (u32 i = 0; i < KEYS_MAX; i += 2)
        model_remove(model, i);
    for (u32 i = 0; i < KEYS_MAX; i++)
        assert_int_equal(find(model, model->hashes[i], model->handles[i]), i % 2 == 1);
    for (u32 i = 1; i < KEYS_MAX; i += 2)
        model_remove(model, i);
    index_check(&model->index, hash_of, model);
    for (u64 at = 0; at < model->index.buckets * INDEX_BUCKET_BYTES; at++)
        assert_int_equal(((u8 *)model->table)[at], 0);
    model_close(model);
}

/* Every hash has the same home, the last bucket: entries go around the end. */
static void one_home_for_all(void **state) {
    (void)state;
    struct model *model = model_open(5, 35);
    for (u32 i = 0; i < 35; i++) {
        model_insert(model, i, UINT64_MAX - ((u64)i << 8));
        index_check(&model->index, hash_of, model);
    }
    for (u32 i = 0; i < 35; i++)
        assert_true(find(model, model->hashes[i], model->handles[i]));
    /* A walk through a table whose every bucket has overflowed ends. */
    assert_false(find(model, UINT64_MAX - ((u64)100 << 8), 77));
    for (u32 i = 0; i < 35; i += 3) {
        model_remove(model, i);
        index_check(&model->index, hash_of, model);
    }
    for (u32 i = 0; i < 35; i++)
        assert_int_equal(find(model, model->hashes[i], model->handles[i]), i % 3 != 0);
    model_close(model);
}

static void equal_hashes_are_told_apart(void **state) {
    (void)state;
    struct model *model = model_open(3, 18);
    for (u32 i = 0; i < 18; i++)
        model_insert(model, i, 12345);
    for (u32 i = 0; i < 18; i++)
        assert_true(find(model, 12345, model->handles[i]));
    model_remove(model, 9);
    index_check(&model->index, hash_of, model);
    assert_false(find(model, 12345, model->handles[9]));
    assert_true(find(model, 12345, model->handles[17]));
    model_close(model);
}

static void a_tag_of_zero_is_not_an_empty_entry(void **state) {
    (void)state;
    struct model *model = model_open(2, 10);
    assert_false(find(model, 0, 0));
    assert_int_equal(index_next(&model->index, 0, &(struct index_probe){0}), 0);
    model_insert(model, 0, 0);
    assert_true(find(model, 0, model->handles[0]));
    index_check(&model->index, hash_of, model);
    model_remove(model, 0);
    assert_false(find(model, 0, model->handles[0]));
    model_close(model);
}

static void replace_keeps_the_place(void **state) {
    (void)state;
    struct model *model = model_open(4, 20);
    struct prng prng;
    prng_init(&prng, 3);
    for (u32 i = 0; i < 20; i++)
        model_insert(model, i, prng_next(&prng));
    heap_handle before[4][INDEX_BUCKET_ENTRIES];
    u32 counts[4];
    for (u32 b = 0; b < 4; b++)
        counts[b] = index_bucket_handles(&model->index, b, before[b]);
    heap_handle to = heap_handle_make(UINT32_MAX, 4095);
    index_replace(&model->index, model->hashes[7], model->handles[7], to);
    u32 seen = 0;
    for (u32 b = 0; b < 4; b++) {
        heap_handle after[INDEX_BUCKET_ENTRIES];
        assert_int_equal(index_bucket_handles(&model->index, b, after), counts[b]);
        for (u32 i = 0; i < counts[b]; i++) {
            bool moved = before[b][i] == model->handles[7];
            assert_true(after[i] == (moved ? to : before[b][i]));
            seen++;
        }
    }
    assert_int_equal(seen, 20);
    model->handles[7] = to;
    assert_true(find(model, model->hashes[7], to));
    index_check(&model->index, hash_of, model);
    model_close(model);
}

static void random_history(void **state) {
    (void)state;
    for (u64 seed = 0; seed < 20; seed++) {
        struct prng prng;
        prng_init(&prng, seed);
        u32 keys = 1 + (u32)prng_below(&prng, 120);
        struct model *model = model_open(index_bucket_count(keys), keys);
        for (u32 step = 0; step < 600; step++) {
            u32 i = (u32)prng_below(&prng, keys);
            if (model->present[i])
                model_remove(model, i);
            else
                model_insert(model, i, prng_next(&prng) & (seed % 2 ? UINT64_MAX : 0xf00ull << 52));
            index_check(&model->index, hash_of, model);
            u32 j = (u32)prng_below(&prng, keys);
            if (model->present[j]) assert_true(find(model, model->hashes[j], model->handles[j]));
        }
        model_close(model);
    }
}

static void misuse_aborts(void **state) {
    (void)state;
    struct model *model = model_open(1, 6);
    struct index *index = &model->index;
    heap_handle out[INDEX_BUCKET_ENTRIES];
    for (u32 i = 0; i < 6; i++)
        model_insert(model, i, i);
    assert_dies("gauge.used", index_insert(index, 6, 7));
    assert_dies("no entry", index_remove(index, 99, 12));
    assert_dies("no entry", index_replace(index, 99, 12, 13));
    assert_dies("to != 0", index_replace(index, 0, model->handles[0], 0));
    assert_dies("handle != 0", index_insert(index, 5, 0));
    assert_dies("buckets", index_bucket_handles(index, index->buckets, out));
    assert_dies("buckets", index_init(index, model->table, 1, INDEX_BUCKET_ENTRIES + 1));
    model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bucket_count_keeps_the_load),
        cmocka_unit_test(holds_its_full_count),
        cmocka_unit_test(one_home_for_all),
        cmocka_unit_test(equal_hashes_are_told_apart),
        cmocka_unit_test(a_tag_of_zero_is_not_an_empty_entry),
        cmocka_unit_test(replace_keeps_the_place),
        cmocka_unit_test(random_history),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
