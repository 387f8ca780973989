#include <stdlib.h>

#include "kv/chain.h"
#include "kv/prng.h"

#include "../unit.h"

#define COUNT 8u
#define NO_LIMIT UINT64_MAX

static _Alignas(4096) u8 memory[COUNT * CHUNK_BYTES];
static u8 source[COUNT * CHUNK_BYTES];
static struct chunk_pool chunks;

static int make_pool(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(source); i++)
        source[i] = (u8)(i * 31 + i / 256);
    chunk_pool_init(&chunks, memory, COUNT, 2);
    return 0;
}

/* The chain holds exactly these bytes, in no more chunks than they need, reserved ones aside. */
static void expect_content(const struct chain *chain, const u8 *expected, u64 len) {
    struct iovec vector[COUNT + 1];
    const u32 count = chain_vector(chain, vector, COUNT + 1);
    assert_int_equal(chain->bytes, len);
    for (u32 i = 0; i < count; i++) {
        assert_true(vector[i].iov_len > 0 && vector[i].iov_len <= len);
        assert_memory_equal(vector[i].iov_base, expected, vector[i].iov_len);
        expected += vector[i].iov_len;
        len -= vector[i].iov_len;
    }
    assert_int_equal(len, 0);
    u32 held = 0;
    for (const struct chunk *chunk = chain->head; chunk != NULL; chunk = chunk->next)
        held++;
    assert_int_equal(held, chain->chunk_count);
}

static u64 used(void) {
    return chunks.pool.gauge.used;
}

static void an_empty_chain_holds_nothing(void **state) {
    (void)state;
    struct chain chain;
    struct iovec vector[1];
    chain_init(&chain, &chunks, NO_LIMIT);
    assert_int_equal(chain_vector(&chain, vector, 1), 0);
    chain_write(&chain, NULL, 0);
    chain_consume(&chain, 0);
    assert_true(chain_reserve(&chain, 0));
    chain_trim(&chain);
    chain_clear(&chain);
    assert_int_equal(used(), 0);
    assert_int_equal(chunks.pool.gauge.max, COUNT);
}

static void writes_fill_chunk_after_chunk(void **state) {
    (void)state;
    static const u64 sizes[] = {1, CHUNK_PAYLOAD - 1, CHUNK_PAYLOAD, CHUNK_PAYLOAD + 1,
                                3 * CHUNK_PAYLOAD};
    for (size_t s = 0; s < KV_ARRAY_LENGTH(sizes); s++) {
        for (u64 step = 1; step < 20000; step = step * 3 + 1) {
            struct chain chain;
            chain_init(&chain, &chunks, NO_LIMIT);
            for (u64 at = 0; at < sizes[s]; at += step)
                chain_write(&chain, source + at, u64_min(step, sizes[s] - at));
            assert_false(chain.overflow);
            expect_content(&chain, source, sizes[s]);
            assert_int_equal(used(), u64_div_up(sizes[s], CHUNK_PAYLOAD));
            chain_consume(&chain, sizes[s]);
            assert_int_equal(used(), 0);
            assert_null(chain.head);
        }
    }
}

static void a_vector_may_be_shorter_than_the_chain(void **state) {
    (void)state;
    struct chain chain;
    struct iovec vector[2];
    chain_init(&chain, &chunks, NO_LIMIT);
    chain_write(&chain, source, 3 * CHUNK_PAYLOAD);
    assert_int_equal(chain_vector(&chain, vector, 0), 0);
    assert_int_equal(chain_vector(&chain, vector, 2), 2);
    assert_int_equal(vector[1].iov_len, CHUNK_PAYLOAD);
    assert_memory_equal(vector[1].iov_base, source + CHUNK_PAYLOAD, CHUNK_PAYLOAD);
    chain_clear(&chain);
}

static void consuming_gives_chunks_back_one_by_one(void **state) {
    (void)state;
    struct chain chain;
    chain_init(&chain, &chunks, NO_LIMIT);
    chain_write(&chain, source, 2 * CHUNK_PAYLOAD + 10);
    assert_int_equal(used(), 3);
    chain_consume(&chain, CHUNK_PAYLOAD - 1);
    assert_int_equal(used(), 3);
    expect_content(&chain, source + CHUNK_PAYLOAD - 1, CHUNK_PAYLOAD + 11);
    chain_consume(&chain, 1);
    assert_int_equal(used(), 2);
    chain_consume(&chain, CHUNK_PAYLOAD + 9);
    assert_int_equal(used(), 1);
    chain_write(&chain, source, 5);
    struct iovec vector[1];
    assert_int_equal(chain_vector(&chain, vector, 1), 1);
    assert_int_equal(vector[0].iov_len, 6);
    chain_consume(&chain, 6);
    assert_int_equal(used(), 0);
    assert_dies("len <= chain->bytes", chain_consume(&chain, 1));
}

static void room_is_contiguous_and_wastes_nothing(void **state) {
    (void)state;
    struct chain chain;
    chain_init(&chain, &chunks, NO_LIMIT);
    u64 at = 0;
    /* 97 does not divide a chunk, so rooms meet the ends of chunks at many places. */
    while (at + 97 <= 4 * CHUNK_PAYLOAD) {
        u8 *room = chain_room(&chain, CHAIN_ROOM_MAX);
        assert_non_null(room);
        memset(room, 0xee, CHAIN_ROOM_MAX);
        memcpy(room, source + at, 97);
        chain_advance(&chain, 97);
        at += 97;
    }
    assert_false(chain.overflow);
    expect_content(&chain, source, at);
    assert_int_equal(used(), 4);
    /* Nothing at all may be written too. */
    assert_non_null(chain_room(&chain, CHAIN_ROOM_MAX));
    chain_advance(&chain, 0);
    expect_content(&chain, source, at);
    chain_clear(&chain);
    assert_int_equal(used(), 0);
    assert_dies("CHAIN_ROOM_MAX", chain_room(&chain, CHAIN_ROOM_MAX + 1));
}

static void a_write_past_the_limit_overflows(void **state) {
    (void)state;
    struct chain chain;
    chain_init(&chain, &chunks, 100);
    chain_write(&chain, source, 100);
    assert_false(chain.overflow);
    expect_content(&chain, source, 100);
    const struct chain_mark mark = chain_begin(&chain);
    chain_write(&chain, source, 1);
    assert_true(chain.overflow && chain.overflow_limit);
    chain_rollback(&chain, mark);
    assert_false(chain.overflow || chain.overflow_limit);
    expect_content(&chain, source, 100);
    chain_consume(&chain, 50);
    chain_write(&chain, source + 100, 50);
    assert_false(chain.overflow);
    expect_content(&chain, source + 50, 100);
    chain_clear(&chain);

    chain_write(&chain, source, 101);
    assert_true(chain.overflow && chain.overflow_limit);
    assert_int_equal(chunks.pool.gauge.exhausted, 0);
    chain_clear(&chain);
    assert_false(chain.overflow || chain.overflow_limit);
    assert_int_equal(chain.bytes_max, 100);
    assert_int_equal(used(), 0);
}

static void only_what_is_written_to_a_room_counts(void **state) {
    (void)state;
    struct chain chain;
    chain_init(&chain, &chunks, 100);
    chain_write(&chain, source, 90);
    memcpy(chain_room(&chain, 24), source + 90, 10);
    chain_advance(&chain, 10);
    assert_false(chain.overflow);
    expect_content(&chain, source, 100);
    memcpy(chain_room(&chain, 24), source, 1);
    chain_advance(&chain, 1);
    assert_true(chain.overflow && chain.overflow_limit);
    chain_clear(&chain);
}

static void overflow_is_sticky_and_writes_go_nowhere(void **state) {
    (void)state;
    struct chain chain;
    chain_init(&chain, &chunks, 10);
    chain_write(&chain, source, 5);
    const struct chain_mark mark = chain_begin(&chain);
    chain_write(&chain, source, 11);
    assert_true(chain.overflow);
    chain_write(&chain, source, 1);
    u8 *sink = chain_room(&chain, CHAIN_ROOM_MAX);
    assert_non_null(sink);
    memset(sink, 0xee, CHAIN_ROOM_MAX);
    chain_advance(&chain, CHAIN_ROOM_MAX);
    assert_false(chain_reserve(&chain, 1));
    assert_int_equal(chain.bytes, 5);
    struct iovec vector[1];
    assert_dies("overflow", chain_vector(&chain, vector, 1));
    assert_dies("overflow", chain_begin(&chain));
    chain_rollback(&chain, mark);
    chain_write(&chain, source + 5, 5);
    expect_content(&chain, source, 10);
    chain_clear(&chain);
}

static void a_pool_that_refuses_overflows_without_the_limit(void **state) {
    (void)state;
    struct chain chain;
    chain_init(&chain, &chunks, NO_LIMIT);
    /* A first chunk is kept for two chains, and this is one of them. */
    chain_write(&chain, source, 7 * CHUNK_PAYLOAD);
    assert_false(chain.overflow);
    const struct chain_mark mark = chain_begin(&chain);
    chain_write(&chain, source, 1);
    assert_true(chain.overflow);
    assert_false(chain.overflow_limit);
    assert_int_equal(chunks.pool.gauge.exhausted, 1);
    chain_write(&chain, source, 1);
    u8 *sink = chain_room(&chain, 8);
    memset(sink, 0, 8);
    chain_advance(&chain, 8);
    assert_int_equal(chunks.pool.gauge.exhausted, 1);
    chain_rollback(&chain, mark);
    expect_content(&chain, source, 7 * CHUNK_PAYLOAD);

    memset(chain_room(&chain, 8), 0, 8);
    chain_advance(&chain, 8);
    assert_true(chain.overflow && !chain.overflow_limit);
    assert_int_equal(chunks.pool.gauge.exhausted, 2);
    chain_clear(&chain);
    assert_int_equal(used(), 0);
}

static void a_first_chunk_is_kept_for_some_chains(void **state) {
    (void)state;
    struct chain large, small, late;
    chain_init(&large, &chunks, NO_LIMIT);
    chain_init(&small, &chunks, NO_LIMIT);
    chain_init(&late, &chunks, NO_LIMIT);
    chain_write(&large, source, 7 * CHUNK_PAYLOAD);
    assert_false(large.overflow);
    assert_true(chain_reserve(&small, CHUNK_PAYLOAD));
    chain_write(&small, source, CHUNK_PAYLOAD);
    assert_false(small.overflow);
    expect_content(&small, source, CHUNK_PAYLOAD);
    assert_false(chain_reserve(&late, 1));
    assert_int_equal(used(), COUNT);
    chain_write(&small, source, 1);
    assert_true(small.overflow);
    chain_clear(&large);
    chain_clear(&small);
    assert_int_equal(late.chunk_count, 0);
    assert_int_equal(used(), 0);
}

static void chains_that_have_their_first_chunk_keep_nothing_from_others(void **state) {
    (void)state;
    struct chain first, second, large;
    chain_init(&first, &chunks, NO_LIMIT);
    chain_init(&second, &chunks, NO_LIMIT);
    chain_init(&large, &chunks, NO_LIMIT);
    chain_write(&first, source, 10);
    chain_write(&second, source, 10);
    assert_true(chain_reserve(&large, 6 * CHUNK_PAYLOAD));
    assert_int_equal(used(), COUNT);
    chain_clear(&large);
    /* What one of them gives back is kept for the next who has none. */
    chain_clear(&first);
    assert_true(chain_reserve(&large, 7 * CHUNK_PAYLOAD));
    chain_clear(&large);
    chain_clear(&second);
    assert_true(chain_reserve(&large, 7 * CHUNK_PAYLOAD));
    assert_false(chain_reserve(&large, 8 * CHUNK_PAYLOAD));
    chain_clear(&large);
    assert_int_equal(used(), 0);
}

static void what_is_reserved_can_be_written_whatever_the_pool_says(void **state) {
    (void)state;
    for (u64 before = 0; before <= 2 * CHUNK_PAYLOAD; before += 509) {
        struct chain chain;
        chain_init(&chain, &chunks, NO_LIMIT);
        chain_write(&chain, source, before);
        const u64 len = 6 * CHUNK_PAYLOAD - before;
        assert_true(chain_reserve(&chain, len));
        assert_int_equal(used(), 6);
        assert_true(chain_reserve(&chain, len));
        assert_int_equal(used(), 6);
        /* Others take all the rest. */
        void *a = pool_get(&chunks.pool);
        void *b = pool_get(&chunks.pool);
        for (u64 at = before; at < before + len;) {
            const u32 part = (u32)u64_min(333, before + len - at);
            memcpy(chain_room(&chain, CHAIN_ROOM_MAX), source + at, part);
            chain_advance(&chain, part);
            at += part;
        }
        assert_false(chain.overflow);
        expect_content(&chain, source, before + len);
        assert_int_equal(chain.reserved, 0);
        pool_put(&chunks.pool, &a);
        pool_put(&chunks.pool, &b);
        chain_consume(&chain, before + len);
        assert_int_equal(used(), 0);
    }
}

static void a_reservation_is_all_or_nothing(void **state) {
    (void)state;
    struct chain chain;
    void *taken = pool_get(&chunks.pool); /* six are left, and one that is kept */
    chain_init(&chain, &chunks, 7 * CHUNK_PAYLOAD);
    struct chain_mark mark = chain_begin(&chain);
    assert_false(chain_reserve(&chain, 6 * CHUNK_PAYLOAD + 1));
    assert_true(chain.overflow && !chain.overflow_limit);
    assert_int_equal(used(), 1);
    assert_int_equal(chunks.pool.gauge.exhausted, 1);
    chain_rollback(&chain, mark);
    assert_false(chain_reserve(&chain, 7 * CHUNK_PAYLOAD + 1));
    assert_true(chain.overflow && chain.overflow_limit);
    chain_rollback(&chain, mark);
    assert_false(chain_reserve(&chain, UINT64_MAX));
    assert_true(chain.overflow_limit);
    chain_rollback(&chain, mark);
    assert_int_equal(chunks.pool.gauge.exhausted, 1);

    chain_write(&chain, source, 10);
    mark = chain_begin(&chain);
    assert_false(chain_reserve(&chain, 6 * CHUNK_PAYLOAD - 9));
    assert_int_equal(used(), 2);
    chain_rollback(&chain, mark);
    assert_true(chain_reserve(&chain, 6 * CHUNK_PAYLOAD - 10));
    assert_int_equal(used(), 7);
    chain_clear(&chain);
    assert_int_equal(used(), 1);
    pool_put(&chunks.pool, &taken);
}

static void trim_gives_back_what_was_not_needed(void **state) {
    (void)state;
    struct chain chain;
    chain_init(&chain, &chunks, NO_LIMIT);
    assert_true(chain_reserve(&chain, 5 * CHUNK_PAYLOAD));
    chain_write(&chain, source, CHUNK_PAYLOAD + 1);
    assert_int_equal(used(), 5);
    chain_trim(&chain);
    assert_int_equal(used(), 2);
    expect_content(&chain, source, CHUNK_PAYLOAD + 1);
    chain_write(&chain, source + CHUNK_PAYLOAD + 1, CHUNK_PAYLOAD);
    expect_content(&chain, source, 2 * CHUNK_PAYLOAD + 1);
    chain_clear(&chain);
    assert_true(chain_reserve(&chain, 2 * CHUNK_PAYLOAD));
    chain_trim(&chain);
    assert_int_equal(used(), 0);
    chain_write(&chain, source, 3);
    expect_content(&chain, source, 3);
    chain_clear(&chain);
}

static void without_trim_the_reserve_goes_when_the_chain_is_empty(void **state) {
    (void)state;
    struct chain chain;
    chain_init(&chain, &chunks, NO_LIMIT);
    assert_true(chain_reserve(&chain, 5 * CHUNK_PAYLOAD));
    chain_write(&chain, source, 10);
    chain_consume(&chain, 10);
    assert_int_equal(used(), 0);
    assert_int_equal(chain.reserved, 0);
    chain_write(&chain, source, 10);
    expect_content(&chain, source, 10);
    chain_clear(&chain);
}

static void rollback_undoes_to_the_byte(void **state) {
    (void)state;
    static const u64 befores[] = {0, 1, CHUNK_PAYLOAD - 1, CHUNK_PAYLOAD, CHUNK_PAYLOAD + 1};
    for (size_t b = 0; b < KV_ARRAY_LENGTH(befores); b++) {
        struct chain chain;
        chain_init(&chain, &chunks, NO_LIMIT);
        chain_write(&chain, source, befores[b]);
        const u64 used_before = used();
        const struct chain_mark mark = chain_begin(&chain);
        chain_rollback(&chain, mark);
        expect_content(&chain, source, befores[b]);
        chain_write(&chain, source + 7, 2 * CHUNK_PAYLOAD);
        assert_true(chain_reserve(&chain, CHUNK_PAYLOAD));
        chain_rollback(&chain, mark);
        expect_content(&chain, source, befores[b]);
        assert_int_equal(used(), used_before);
        chain_write(&chain, source + befores[b], CHUNK_PAYLOAD);
        expect_content(&chain, source, befores[b] + CHUNK_PAYLOAD);
        chain_clear(&chain);
        assert_int_equal(used(), 0);
    }
}

static void more_kept_than_there_are_aborts(void **state) {
    (void)state;
    assert_dies("kept <= count", chunk_pool_init(&chunks, memory, COUNT, COUNT + 1));
}

/* One chain of the model: the bytes it should hold are source[begin, end). */
struct model {
    struct chain chain;
    u64 begin, end;
};

static void model_append(struct prng *prng, struct model *model) {
    const u64 limit = sizeof(source) - model->end;
    const u64 len = u64_min(prng_below(prng, prng_below(prng, 4) == 0 ? 9000 : 200), limit);
    const struct chain_mark mark = chain_begin(&model->chain);
    const bool reserved = prng_below(prng, 3) == 0 && chain_reserve(&model->chain, len);
    u64 at = 0;
    while (at < len) {
        const u32 part = (u32)u64_min(1 + prng_below(prng, 600), len - at);
        if (part <= CHAIN_ROOM_MAX && prng_below(prng, 2) == 0) {
            u8 *room = chain_room(&model->chain, CHAIN_ROOM_MAX);
            memcpy(room, source + model->end + at, part);
            chain_advance(&model->chain, part);
        } else {
            chain_write(&model->chain, source + model->end + at, part);
        }
        at += part;
    }
    if (reserved) assert_false(model->chain.overflow);
    if (model->chain.overflow || prng_below(prng, 8) == 0) {
        chain_rollback(&model->chain, mark);
    } else {
        model->end += len;
        if (prng_below(prng, 2) == 0) chain_trim(&model->chain);
    }
}

static void chains_behave_as_byte_queues(void **state) {
    (void)state;
    struct model models[4];
    struct prng prng;
    prng_init(&prng, 21);
    for (u32 i = 0; i < 4; i++) {
        models[i] = (struct model){0};
        chain_init(&models[i].chain, &chunks, 12000);
    }
    for (u32 step = 0; step < 30000; step++) {
        struct model *model = &models[prng_below(&prng, 4)];
        const u64 held = model->end - model->begin;
        switch (prng_below(&prng, 5)) {
        case 0:
        case 1:
        case 2:
            model_append(&prng, model);
            break;
        case 3:
            model->begin += prng_below(&prng, held + 1);
            chain_consume(&model->chain, held - (model->end - model->begin));
            break;
        default:
            if (prng_below(&prng, 10) != 0) break;
            chain_clear(&model->chain);
            model->begin = model->end = 0;
        }
        if (model->begin == model->end) model->begin = model->end = 0;
        u64 sum = 0;
        for (u32 i = 0; i < 4; i++) {
            sum += models[i].chain.chunk_count;
            assert_true(models[i].chain.bytes <= 12000);
        }
        assert_int_equal(used(), sum);
        expect_content(&model->chain, source + model->begin, model->end - model->begin);
    }
    assert_true(chunks.pool.gauge.exhausted > 0);
}

#define CHAIN_TEST(name) cmocka_unit_test_setup(name, make_pool)

static void a_chain_that_measures_only_counts(void **state) {
    (void)state;
    struct chain chain;
    chain_init_measure(&chain, &chunks, 1000);
    struct chain_mark empty = chain_begin(&chain);
    chain_write(&chain, source, 300);
    memcpy(chain_room(&chain, 40), source, 30);
    chain_advance(&chain, 30);
    assert_int_equal(chain.bytes, 330);
    struct chain_mark mark = chain_begin(&chain);
    assert_true(chain_reserve(&chain, 670));
    chain_write(&chain, source, 600);
    chain_rollback(&chain, mark);
    assert_int_equal(chain.bytes, 330);
    chain_write(&chain, source, 670);
    assert_false(chain.overflow);
    chain_write(&chain, source, 1);
    assert_true(chain.overflow && chain.overflow_limit);
    chain_rollback(&chain, empty);
    assert_int_equal(chain.bytes, 0);
    assert_false(chain.overflow);
    assert_false(chain_reserve(&chain, 1001));
    assert_int_equal(used(), 0);
    assert_int_equal(chunks.pool.gauge.exhausted, 0);
}

/* A rollback of one reply leaves what was reserved for those after it. */
static void a_chain_that_holds_keeps_its_reserve(void **state) {
    (void)state;
    struct chain chain, other;
    u64 reserved = 5 * CHUNK_PAYLOAD;
    chain_init(&chain, &chunks, NO_LIMIT);
    chain_init(&other, &chunks, NO_LIMIT);
    assert_true(chain_reserve(&chain, reserved));
    chain.hold = true;
    chain_write(&chain, source, 100);
    struct chain_mark mark = chain_begin(&chain);
    for (u32 i = 0; i < 3; i++) {
        chain_write(&chain, source, 3 * CHUNK_PAYLOAD);
        chain_rollback(&chain, mark);
        assert_int_equal(chain.chunk_count, 5);
        expect_content(&chain, source, 100);
    }
    while (!other.overflow)
        chain_write(&other, source, 1000);
    chain_write(&chain, source + 100, reserved - 100);
    assert_false(chain.overflow);
    expect_content(&chain, source, reserved);
    chain.hold = false;
    chain_rollback(&chain, mark);
    assert_int_equal(chain.chunk_count, 1);
    chain_clear(&chain);
    chain_clear(&other);
    assert_int_equal(used(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(an_empty_chain_holds_nothing),
        CHAIN_TEST(writes_fill_chunk_after_chunk),
        CHAIN_TEST(a_vector_may_be_shorter_than_the_chain),
        CHAIN_TEST(consuming_gives_chunks_back_one_by_one),
        CHAIN_TEST(room_is_contiguous_and_wastes_nothing),
        CHAIN_TEST(a_write_past_the_limit_overflows),
        CHAIN_TEST(only_what_is_written_to_a_room_counts),
        CHAIN_TEST(overflow_is_sticky_and_writes_go_nowhere),
        CHAIN_TEST(a_pool_that_refuses_overflows_without_the_limit),
        CHAIN_TEST(a_first_chunk_is_kept_for_some_chains),
        CHAIN_TEST(chains_that_have_their_first_chunk_keep_nothing_from_others),
        CHAIN_TEST(what_is_reserved_can_be_written_whatever_the_pool_says),
        CHAIN_TEST(a_reservation_is_all_or_nothing),
        CHAIN_TEST(trim_gives_back_what_was_not_needed),
        CHAIN_TEST(without_trim_the_reserve_goes_when_the_chain_is_empty),
        CHAIN_TEST(rollback_undoes_to_the_byte),
        CHAIN_TEST(a_chain_that_measures_only_counts),
        CHAIN_TEST(a_chain_that_holds_keeps_its_reserve),
        CHAIN_TEST(more_kept_than_there_are_aborts),
        CHAIN_TEST(chains_behave_as_byte_queues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
