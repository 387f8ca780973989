/* Requests come back as they were queued, whatever their sizes; one that does not fit leaves the
 * queue as it was; what is kept for small queues is there for them. */
#include <stdlib.h>

#include "kv/prng.h"
#include "kv/request_queue.h"

#include "../unit.h"

enum { CHUNKS = 64, ARGUMENTS_MAX = 40, REQUESTS_MAX = 400, AREA_BYTES = 65536 };

static _Alignas(64) u8 memory[CHUNKS * TRANSACTION_CHUNK_BYTES];
static u8 area[AREA_BYTES];
static struct request_pool pool;
static struct request_queue queue;

static int setup(void **state) {
    (void)state;
    request_pool_init(&pool, memory, CHUNKS, 2);
    queue = (struct request_queue){0};
    return 0;
}

/* A request as a seed makes it. */
struct made {
    u32 argc;
    struct bytes argv[ARGUMENTS_MAX];
    u8 data[20000];
};

static void make(u64 seed, struct made *made) {
    struct prng prng;
    u64 used = 0;
    prng_init(&prng, seed);
    made->argc = 1 + (u32)prng_below(&prng, ARGUMENTS_MAX);
    if (prng_below(&prng, 2) == 0) made->argc = 1 + (u32)prng_below(&prng, 3);
    for (u32 i = 0; i < made->argc; i++) {
        u64 len = prng_below(&prng, 12);
        if (prng_below(&prng, 10) == 0) len = prng_below(&prng, 490);
        if (i == 0 && prng_below(&prng, 20) == 0) len = prng_below(&prng, 3000);
        for (u64 n = 0; n < len; n++)
            made->data[used + n] = (u8)prng_next(&prng);
        made->argv[i] = bytes_of(made->data + used, len);
        used += len;
    }
}

static enum request_result add(u64 seed, u64 bytes_max) {
    static struct made made;
    make(seed, &made);
    return request_queue_add(&queue, &pool, (u32)seed, made.argv, made.argc, bytes_max);
}

static void expect(const u64 *seeds, u32 count) {
    static struct made made;
    struct bytes argv[ARGUMENTS_MAX];
    struct request_cursor cursor;
    struct request request;
    assert_int_equal(queue.count, count);
    assert_true(queue.bytes <= AREA_BYTES);
    request_queue_open(&queue, &cursor);
    for (u32 i = 0; i < count; i++) {
        make(seeds[i], &made);
        assert_true(request_queue_next(&cursor, &request, argv, area));
        assert_int_equal(request.command, (u32)seeds[i]);
        assert_int_equal(request.argc, made.argc);
        assert_true(request.argc <= queue.argc_max);
        for (u32 n = 0; n < made.argc; n++)
            assert_true(bytes_equal(argv[n], made.argv[n]));
        request_note(&request, (u32)(seeds[i] * 7));
    }
    assert_false(request_queue_next(&cursor, &request, argv, area));
    request_queue_open(&queue, &cursor);
    for (u32 i = 0; i < count; i++) {
        request_queue_next(&cursor, &request, argv, area);
        assert_int_equal(request.bound, (u32)(seeds[i] * 7));
    }
}

static void what_is_queued_comes_back(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 3);
    for (u32 round = 0; round < 300; round++) {
        u64 seeds[REQUESTS_MAX];
        u32 count = 0;
        u32 wanted = 1 + (u32)prng_below(&prng, 100);
        while (count < wanted) {
            u64 seed = prng_below(&prng, 1u << 30);
            struct request_queue before = queue;
            enum request_result result = add(seed, AREA_BYTES);
            if (result == REQUEST_QUEUED) {
                seeds[count++] = seed;
                continue;
            }
            assert_int_equal(result, REQUEST_NO_ROOM);
            assert_memory_equal(&queue, &before, sizeof(queue));
            break;
        }
        expect(seeds, count);
        assert_int_equal(pool.pool.gauge.used, queue.chunks);
        request_queue_clear(&queue, &pool);
        assert_int_equal(pool.pool.gauge.used, 0);
        assert_int_equal(pool.holders, 0);
    }
    assert_true(pool.pool.gauge.exhausted > 0);
}

/* Requests whose heads and lengths meet the end of a chunk at every distance. */
static void chunks_may_end_anywhere(void **state) {
    (void)state;
    static u8 data[2 * TRANSACTION_CHUNK_BYTES];
    for (u64 len = 0; len < 2 * TRANSACTION_CHUNK_BYTES - 8; len++) {
        struct bytes argv[3] = {bytes_of(data, len), bytes_of(data, 0), bytes_of(data, 5)};
        struct bytes back[3];
        struct request_cursor cursor;
        struct request request;
        for (u32 i = 0; i < 3; i++) {
            assert_int_equal(request_queue_add(&queue, &pool, i, argv, 3, AREA_BYTES),
                             REQUEST_QUEUED);
        }
        request_queue_open(&queue, &cursor);
        for (u32 i = 0; i < 3; i++) {
            assert_true(request_queue_next(&cursor, &request, back, area));
            for (u32 n = 0; n < 3; n++)
                assert_true(bytes_equal(back[n], argv[n]));
        }
        request_queue_clear(&queue, &pool);
    }
}

static void a_queue_has_a_limit(void **state) {
    (void)state;
    static const u8 data[600];
    struct bytes argv[1] = {bytes_of(data, sizeof(data))};
    u64 each = 12 + 4 + sizeof(data);
    assert_int_equal(request_queue_add(&queue, &pool, 1, argv, 1, each - 1), REQUEST_TOO_LONG);
    assert_int_equal(pool.pool.gauge.used, 0);
    assert_int_equal(request_queue_add(&queue, &pool, 1, argv, 1, 2 * each), REQUEST_QUEUED);
    assert_int_equal(request_queue_add(&queue, &pool, 1, argv, 1, 2 * each), REQUEST_QUEUED);
    assert_int_equal(request_queue_add(&queue, &pool, 1, argv, 1, 2 * each), REQUEST_TOO_LONG);
    assert_int_equal(queue.count, 2);
    assert_int_equal(pool.pool.gauge.exhausted, 0);
    request_queue_clear(&queue, &pool);
}

static void a_first_chunk_is_kept_for_others(void **state) {
    (void)state;
    static const u8 data[100];
    struct bytes argv[1] = {bytes_of(data, sizeof(data))};
    struct request_queue others[3] = {0};
    while (request_queue_add(&queue, &pool, 1, argv, 1, UINT32_MAX) == REQUEST_QUEUED) {
        /* until only what is kept is left */
    }
    assert_int_equal(pool_free_count(&pool.pool), 1);
    assert_int_equal(request_queue_add(&others[0], &pool, 1, argv, 1, 1000), REQUEST_QUEUED);
    assert_int_equal(request_queue_add(&others[1], &pool, 1, argv, 1, 1000), REQUEST_NO_ROOM);
    assert_int_equal(pool.pool.gauge.exhausted, 2);
    request_queue_clear(&queue, &pool);
    assert_int_equal(request_queue_add(&others[1], &pool, 1, argv, 1, 1000), REQUEST_QUEUED);
    request_queue_clear(&others[0], &pool);
    request_queue_clear(&others[1], &pool);
    assert_int_equal(pool.pool.gauge.used, 0);
    assert_int_equal(pool.pool.gauge.high_water, CHUNKS);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_queued_comes_back),
        TEST(chunks_may_end_anywhere),
        TEST(a_queue_has_a_limit),
        TEST(a_first_chunk_is_kept_for_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
