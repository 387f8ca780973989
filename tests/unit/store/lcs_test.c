/* The longest common subsequence, against the plain table that Redis fills and its way back. */
#include "kv/lcs.h"
#include "kv/prng.h"

#include "fixture.h"

#define RANGES_MAX 40000u

struct model {
    u32 *table; /* (a_len + 1) x (b_len + 1) */
    u64 width;
    u8 *text;
    u32 length;
    struct lcs_range *ranges;
    u32 range_count;
};

static u32 *cell(const struct model *model, u64 i, u64 j) {
    return &model->table[i * model->width + j];
}

static void model_fill(struct model *model, struct bytes a, struct bytes b) {
    model->width = b.len + 1;
    model->table = calloc((a.len + 1) * (b.len + 1), sizeof(u32));
    assert_non_null(model->table);
    for (u64 i = 1; i <= a.len; i++) {
        for (u64 j = 1; j <= b.len; j++) {
            u32 up = *cell(model, i - 1, j), left = *cell(model, i, j - 1);
            *cell(model, i, j) =
                a.data[i - 1] == b.data[j - 1] ? *cell(model, i - 1, j - 1) + 1 : u32_max(up, left);
        }
    }
    model->length = *cell(model, a.len, b.len);
}

/* Back from the end: over a match, else to where more of the length is, and to the left when both
 * sides have the same. */
static void model_walk(struct model *model, struct bytes a, struct bytes b) {
    u64 i = a.len, j = b.len;
    u32 left = model->length;
    bool open = false;
    while (i > 0 && j > 0) {
        if (a.data[i - 1] == b.data[j - 1]) {
            i--;
            j--;
            model->text[--left] = a.data[i];
            struct lcs_range *range = &model->ranges[model->range_count];
            if (!open) *range = (struct lcs_range){.a_last = i, .b_last = j};
            range->a_first = i;
            range->b_first = j;
            open = true;
            continue;
        }
        model->range_count += open;
        open = false;
        if (*cell(model, i - 1, j) > *cell(model, i, j - 1))
            i--;
        else
            j--;
    }
    model->range_count += open;
    assert_int_equal(left, 0);
}

static void model_open(struct model *model, struct bytes a, struct bytes b) {
    *model = (struct model){0};
    model->text = malloc(a.len + 1);
    model->ranges = calloc(RANGES_MAX, sizeof *model->ranges);
    assert_non_null(model->text);
    assert_non_null(model->ranges);
    model_fill(model, a, b);
    model_walk(model, a, b);
}

static void model_close(struct model *model) {
    free(model->table);
    free(model->text);
    free(model->ranges);
}

struct written {
    u8 *text;
    u64 len;
};

static void write_piece(void *context, struct bytes piece) {
    struct written *written = context;
    memcpy(written->text + written->len, piece.data, piece.len);
    written->len += piece.len;
}

static struct lcs_string string_of(const struct store *store, const struct item *item) {
    return (struct lcs_string){.item = item, .len = string_length(store, item)};
}

static void expect_same(struct fixture *fixture, struct bytes a, struct bytes b) {
    struct store *store = &fixture->store;
    struct item items[2];
    struct model model;
    struct lcs lcs;
    assert_int_equal(fixture_set(fixture, 0, bytes_of_string("a"), a), STORE_OK);
    assert_int_equal(fixture_set(fixture, 0, bytes_of_string("b"), b), STORE_OK);
    assert_true(fixture_find(fixture, 0, bytes_of_string("a"), &items[0]));
    assert_true(fixture_find(fixture, 0, bytes_of_string("b"), &items[1]));
    model_open(&model, a, b);
    u64 bytes = lcs_memory_needed(a.len, b.len, false);
    u64 *memory = malloc(bytes + 1);
    assert_non_null(memory);
    struct lcs_string first = string_of(store, &items[0]), second = string_of(store, &items[1]);
    lcs_compute(&lcs, store, first, second, memory, true);
    assert_int_equal(lcs.length, model.length);
    lcs_compute(&lcs, store, first, second, memory, false);
    assert_int_equal(lcs.length, model.length);

    struct lcs_walk walk;
    struct lcs_range range;
    u32 count = 0;
    lcs_walk_begin(&walk, &lcs);
    while (lcs_walk_next(&walk, &range)) {
        assert_true(count < model.range_count);
        assert_memory_equal(&range, &model.ranges[count], sizeof range);
        count++;
    }
    assert_int_equal(count, model.range_count);

    struct written written = {.text = malloc(a.len + 1)};
    assert_non_null(written.text);
    lcs_write(&lcs, write_piece, &written);
    assert_int_equal(written.len, model.length);
    assert_memory_equal(written.text, model.text, model.length);
    free(written.text);
    free(memory);
    model_close(&model);
}

static void fill(struct prng *prng, u8 *data, u64 len, u32 letters) {
    for (u64 i = 0; i < len; i++)
        data[i] = (u8)('a' + prng_below(prng, letters));
}

/* Changes a few bytes of a copy, which makes long ranges. */
static void mutate(struct prng *prng, u8 *data, u64 len) {
    for (u64 i = 0; i < len; i++) {
        if (prng_below(prng, 20) == 0) data[i] = (u8)('a' + prng_below(prng, 26));
    }
}

static void short_strings_of_few_letters(void **state) {
    (void)state;
    struct fixture fixture;
    struct prng prng;
    u8 a[300], b[300];
    fixture_open_pages(&fixture, 64, 10, 64, 100000, 1);
    prng_init(&prng, 5);
    for (u32 round = 0; round < 1500; round++) {
        u64 max = round % 3 ? 20 : 300;
        u64 a_len = prng_below(&prng, max), b_len = prng_below(&prng, max);
        u32 letters = 1 + (u32)prng_below(&prng, 5);
        fill(&prng, a, a_len, letters);
        fill(&prng, b, b_len, letters);
        expect_same(&fixture, bytes_of(a, a_len), bytes_of(b, b_len));
    }
    fixture_close(&fixture);
}

/* Integers are texts; and strings that lie in pages and are read in blocks. */
static void integers_and_long_strings(void **state) {
    (void)state;
    struct fixture fixture;
    struct prng prng;
    static u8 a[21000], b[21000];
    fixture_open_pages(&fixture, 64, 10, 64, 100000, 1);
    prng_init(&prng, 6);
    expect_same(&fixture, bytes_of_string("1234567890"), bytes_of_string("-2468"));
    expect_same(&fixture, bytes_of_string("12"), bytes_of_string("12"));
    fill(&prng, a, sizeof a, 26);
    memcpy(b, a, sizeof b);
    mutate(&prng, b, sizeof b);
    expect_same(&fixture, bytes_of(a, 9000), bytes_of(b, 9100));
    expect_same(&fixture, bytes_of(a, 8192), bytes_of(b + 5, 4096));
    expect_same(&fixture, bytes_of(a, 20500), bytes_of(b, 700));
    expect_same(&fixture, bytes_of(a, 130), bytes_of(b, 20999));
    fixture_close(&fixture);
}

static void nothing_in_common(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open_pages(&fixture, 64, 10, 64, 100000, 1);
    expect_same(&fixture, bytes_of_string("aaaa"), bytes_of_string("bbb"));
    expect_same(&fixture, bytes_of_string(""), bytes_of_string("bbb"));
    expect_same(&fixture, bytes_of_string("x"), bytes_of_string(""));
    struct lcs lcs;
    lcs_compute(&lcs, &fixture.store, (struct lcs_string){0}, (struct lcs_string){0}, NULL, false);
    assert_int_equal(lcs.length, 0);
    struct lcs_walk walk;
    struct lcs_range range;
    lcs_walk_begin(&walk, &lcs);
    assert_false(lcs_walk_next(&walk, &range));
    fixture_close(&fixture);
}

static void memory_is_a_bit_for_each_pair(void **state) {
    (void)state;
    assert_int_equal(lcs_memory_needed(0, 100, false), 0);
    assert_int_equal(lcs_memory_needed(64, 64, false), 8 * (64 + 1));
    assert_int_equal(lcs_memory_needed(65, 65, false), 8 * (65 * 2 + 2));
    assert_int_equal(lcs_memory_needed(4096, 4096, false), 2 * 1024 * 1024 + 512);
    assert_int_equal(lcs_memory_needed(100, 6400, true), 8 * (100 * 100 + 2) / 16);
    assert_int_equal(lcs_memory_needed(6400, 100, true), 8 * (100 * 100 + 2) / 16);
    assert_true(lcs_memory_needed(UINT64_MAX, UINT64_MAX, false) == UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_strings_of_few_letters),
        cmocka_unit_test(integers_and_long_strings),
        cmocka_unit_test(nothing_in_common),
        cmocka_unit_test(memory_is_a_bit_for_each_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
