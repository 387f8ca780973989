/* The two ways in which SORT brings elements into an order, against a plain sort. */
#include <stdlib.h>

#include "kv/prng.h"

#include "../../../src/command/sort_internal.h"
#include "../unit.h"

#define COUNT_MAX 20000u

/* Elements "key", a zero byte, "serial": those of one key collate as equal, and the serial tells
 * which of them came first. */
static u8 encoded[COUNT_MAX][16];
static struct sort_entry entries[COUNT_MAX];
static struct sort_entry spare[COUNT_MAX / 2];
static u32 expected[COUNT_MAX];
static u32 keys[COUNT_MAX];
static struct prng prng;

static u32 serial_of(const struct sort_entry *entry) {
    return (u32)((entry->at - encoded[0]) / (i64)sizeof(encoded[0]));
}

static u32 key_of(const struct sort_entry *entry) {
    return keys[serial_of(entry)];
}

static void make_entry(u32 serial, u32 key) {
    char text[16];
    int len = snprintf(text, sizeof(text), "%05u%c%05u", key, 0, serial);
    keys[serial] = key;
    assert_true(run_encode(NULL, bytes_of(text, (size_t)len), encoded[serial]) <= 16);
    entries[serial] = (struct sort_entry){.at = encoded[serial], .score = key};
}

/* The i-th of `count` keys, in one of several patterns. */
static u32 pattern_key(u32 pattern, u32 i, u32 count) {
    switch (pattern) {
    case 0:
        return i;
    case 1:
        return count - i;
    case 2:
        return 7;
    case 3: /* up and down */
        return i < count / 2 ? i : count - i;
    case 4:
        return i % 5;
    case 5:
        return (u32)prng_below(&prng, 1 + count / 10);
    default:
        return (u32)prng_below(&prng, 99999);
    }
}

static bool descends;

static int compare_serials(const void *a, const void *b) {
    u32 left = *(const u32 *)a, right = *(const u32 *)b;
    if (keys[left] != keys[right]) return (keys[left] < keys[right]) != descends ? -1 : 1;
    return left < right ? -1 : 1;
}

static void make(u32 pattern, u32 count) {
    for (u32 i = 0; i < count; i++) {
        make_entry(i, pattern_key(pattern, i, count));
        expected[i] = i;
    }
    qsort(expected, count, sizeof(u32), compare_serials);
}

static const u32 counts[] = {0,  1,  2,  3,  6,   7,    8,    9,        15,
                             16, 17, 40, 41, 100, 1000, 4097, COUNT_MAX};

static void all_is_sorted_and_equals_keep_their_order(void **state) {
    (void)state;
    prng_init(&prng, 1);
    for (u32 run = 0; run < KV_ARRAY_LENGTH(counts) * 7 * 2; run++) {
        u32 count = counts[run / 14], pattern = run % 7;
        descends = run / 7 % 2;
        make(pattern, count);
        struct sort_order order = {.alpha = true, .collates = true, .descending = descends};
        sort_all(&order, entries, count, spare);
        for (u32 i = 0; i < count; i++)
            assert_int_equal(serial_of(&entries[i]), expected[i]);
    }
}

/* Elements of equal score come by all their bytes. */
static void scores_are_sorted(void **state) {
    (void)state;
    prng_init(&prng, 2);
    for (u32 run = 0; run < KV_ARRAY_LENGTH(counts) * 7; run++) {
        u32 count = counts[run / 7], pattern = run % 7;
        descends = false;
        make(pattern, count);
        for (u32 i = count; i > 1; i--) {
            u32 other = (u32)prng_below(&prng, i);
            struct sort_entry entry = entries[i - 1];
            entries[i - 1] = entries[other];
            entries[other] = entry;
        }
        struct sort_order order = {0};
        sort_all(&order, entries, count, spare);
        for (u32 i = 0; i < count; i++)
            assert_int_equal(serial_of(&entries[i]), expected[i]);
        order.descending = true;
        sort_partly(&order, entries, count, 0, count);
        for (u32 i = 0; i < count; i++)
            assert_int_equal(serial_of(&entries[i]), expected[count - 1 - i]);
    }
}

static void a_part_is_what_belongs_there(void **state) {
    (void)state;
    static bool seen[COUNT_MAX];
    prng_init(&prng, 3);
    for (u32 run = 0; run < 2000; run++) {
        u32 count = counts[1 + prng_below(&prng, KV_ARRAY_LENGTH(counts) - 2)], pattern = run % 7;
        u32 first = (u32)prng_below(&prng, count);
        u32 last = first + (u32)prng_below(&prng, count - first);
        if (run % 3 == 0) last = u32_min(last, first + 3);
        descends = run / 7 % 2;
        make(pattern, count);
        struct sort_order order = {.alpha = true, .collates = true, .descending = descends};
        sort_partly(&order, entries, count, first, last);
        for (u32 i = first; i <= last; i++)
            assert_int_equal(key_of(&entries[i]), keys[expected[i]]);
        memset(seen, 0, count);
        for (u32 i = 0; i < count; i++) {
            assert_false(seen[serial_of(&entries[i])]);
            seen[serial_of(&entries[i])] = true;
        }
    }
}

/* Where the whole bytes count and where only those up to a zero do. */
static void zero_bytes(void **state) {
    (void)state;
    static const struct {
        const char *a;
        u32 a_len;
        const char *b;
        u32 b_len;
        int binary;
        int collated;
    } pairs[] = {
        {"", 0, "", 0, 0, 0},          {"", 0, "a", 1, -1, -1},
        {"a", 1, "ab", 2, -1, -1},     {"a\0b", 3, "a", 1, 1, 0},
        {"a\0b", 3, "a\0c", 3, -1, 0}, {"a\0b", 3, "ab", 2, -1, -1},
        {"\0", 1, "", 0, 1, 0},        {"a\0", 2, "a\xff", 2, -1, -1},
        {"\xff", 1, "a", 1, 1, 1},     {"a\0z", 3, "b\0a", 3, -1, -1},
        {"12", 2, "9", 1, -1, -1},     {"-1", 2, "1", 1, -1, -1},
    };
    for (u32 i = 0; i < KV_ARRAY_LENGTH(pairs); i++) {
        for (u32 way = 0; way < 4; way++) {
            bool swapped = way & 1, collates = way & 2;
            struct sort_entry two[2] = {{.at = encoded[swapped]}, {.at = encoded[!swapped]}};
            run_encode(NULL, bytes_of(pairs[i].a, pairs[i].a_len), encoded[0]);
            run_encode(NULL, bytes_of(pairs[i].b, pairs[i].b_len), encoded[1]);
            struct sort_order order = {.alpha = true, .collates = collates};
            sort_all(&order, two, 2, spare);
            int result = collates ? pairs[i].collated : pairs[i].binary;
            u32 first = result == 0 ? swapped : result > 0;
            assert_ptr_equal(two[0].at, encoded[first]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_sorted_and_equals_keep_their_order),
        cmocka_unit_test(scores_are_sorted),
        cmocka_unit_test(a_part_is_what_belongs_there),
        cmocka_unit_test(zero_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
