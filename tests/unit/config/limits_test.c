/* The sizes that follow from the options: by hand for known configurations, by their rules for
 * random ones. */
#include "kv/chain.h"
#include "kv/limits.h"
#include "kv/prng.h"

#include "../unit.h"

static struct options options;
static struct limits limits;
static struct options_error error;

static int setup(void **state) {
    (void)state;
    options_default(&options);
    return 0;
}

static void compute(void) {
    assert_true(options_check(&options, &error));
    limits_compute(&limits, &options);
}

static u64 shared_bytes(void) {
    return limits.receive_buffers * RECEIVE_BUFFER_BYTES +
           limits.receive_units * RECEIVE_UNIT_BYTES + limits.reply_chunks * CHUNK_BYTES;
}

static void set_reference(void) {
    options.connections_max = 1000;
    options.key_count = 1000;
    options.key_size_max = 1024;
    options.val_size_max = 4096;
    options.list_length_max = 50;
    options.capacity = CAPACITY_GUARANTEED;
}

/* "*8\r\n" "$7\r\nRESTORE\r\n" "$1024\r\n" key "\r\n" "$20\r\n" ttl "\r\n", and after the payload
 * "$7\r\nREPLACE\r\n" "$6\r\nABSTTL\r\n" "$8\r\nIDLETIME\r\n" "$20\r\n" seconds "\r\n" */
#define RESTORE_WORDS (4 + 13 + 7 + 1024 + 2 + 27 + 13 + 12 + 14 + 27)

static void the_reference_configuration(void **state) {
    (void)state;
    set_reference();
    compute();
    /* A node for each element; around it its lengths and ends, around all type, count, footer. */
    assert_int_equal(limits.payload_max, 50 * (4096 + 10 + 18) + 20);
    assert_int_equal(limits.connection_recv_size, RESTORE_WORDS + 9 + 206220 + 2);
    assert_int_equal(limits.connection_recv_size, 207374);
    /* CLIENT LIST of 1000 clients is longer than 50 elements: "$512000\r\n" ... "\r\n" */
    assert_int_equal(limits.connection_send_size, 9 + 512 * 1000 + 2);
    assert_int_equal(limits.request_args_max, 207374 / 6);
    assert_int_equal(limits.receive_buffers, 128);
    assert_int_equal(limits.receive_units, 1000 + 4096);
    assert_int_equal(limits.receive_units_kept, 1000);
    assert_int_equal(limits.reply_chunks, 1000 + 2048);
    assert_int_equal(limits.reply_chunks_kept, 1000);
    assert_true(shared_bytes() < 20 * 1000 * 1000);
}

static void the_default_configuration(void **state) {
    (void)state;
    compute();
    assert_int_equal(limits.connection_recv_size, options.request_size_max);
    assert_int_equal(limits.connection_send_size, options.reply_size_max);
    assert_int_equal(limits.request_args_max, options.request_args_max);
    assert_int_equal(limits.receive_buffers, 512);
    assert_int_equal(limits.receive_units, 10000 + 16384);
    assert_int_equal(limits.receive_units_kept, 10000);
    /* Two replies of 2057 chunks and one more each; a quarter of all is kept. */
    assert_int_equal(limits.reply_chunks, 1024 + 2 * 2058);
    assert_int_equal(limits.reply_chunks_kept, (1024 + 2 * 2058) / 4);
    assert_true(shared_bytes() < 58 * 1000 * 1000);
}

static void a_long_list_makes_the_longest_reply(void **state) {
    (void)state;
    set_reference();
    options.list_length_max = 1000;
    compute();
    /* As DUMP answers it, and RESTORE takes it. */
    const u64 dump = 1000 * (4096 + 10 + 18) + 20;
    assert_int_equal(limits.payload_max, dump);
    assert_int_equal(limits.connection_send_size, 10 + dump + 2);
    assert_int_equal(limits.connection_recv_size, RESTORE_WORDS + 10 + dump + 2);
}

static void one_value_may_be_the_longest_request(void **state) {
    (void)state;
    set_reference();
    options.list_length_max = 1;
    options.val_size_max = 100000;
    compute();
    const u64 key_and_value = 7 + 1024 + 2 + 9 + 100000 + 2;
    /* SET key value NX GET PXAT 20 digits */
    const u64 words = 4 + 9 + 8 + 9 + 10 + (5 + 20 + 2);
    assert_int_equal(limits.payload_max, 100000 + 10 + 18 + 20);
    assert_int_equal(limits.connection_recv_size, RESTORE_WORDS + 9 + 100048 + 2);
    assert_int_equal(limits_request_size_min(&options), words + key_and_value);
}

static void arguments_bound_the_longest_push(void **state) {
    (void)state;
    options.val_size_max = 10;
    options.request_args_max = 2002;
    options.list_length_max = 2001;
    compute();
    assert_int_equal(limits.connection_recv_size, 7 + 11 + 7 + 1024 + 2 + 2000 * (5 + 10 + 2));
    assert_int_equal(limits.request_args_max, 2002);
    /* Of small elements a dump is shorter: six nodes. */
    assert_int_equal(limits.payload_max, 2001 * 12 + 6 * 18 + 20);
}

static void small_limits_have_a_floor(void **state) {
    (void)state;
    options.connections_max = 1;
    options.key_size_max = options.val_size_max = options.list_length_max = 1;
    compute();
    assert_int_equal(limits.connection_recv_size, REQUEST_SIZE_FLOOR);
    assert_int_equal(limits.connection_send_size, REPLY_SIZE_FLOOR);
    assert_int_equal(limits.request_args_max, REQUEST_SIZE_FLOOR / 6);
    assert_int_equal(limits.receive_units_kept, 1);
    assert_int_equal(limits.reply_chunks_kept, 1);
}

static void buffers_grow_with_connections(void **state) {
    (void)state;
    static const u64 expected[][2] = {{1, 64},     {512, 64},   {513, 128},   {1024, 128},
                                      {1025, 256}, {2049, 512}, {100000, 512}};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(expected); i++) {
        options.connections_max = expected[i][0];
        compute();
        assert_int_equal(limits.receive_buffers, expected[i][1]);
    }
}

static void a_given_receive_memory_is_divided(void **state) {
    (void)state;
    set_reference();
    options.receive_memory = 64u << 20;
    compute();
    assert_int_equal(limits.receive_buffers, 1024); /* a quarter */
    assert_int_equal(limits.receive_units, 48 * 1024);
    options.receive_memory = limits_receive_memory_min(&options);
    compute();
    assert_int_equal(limits.receive_buffers, 64);
    assert_int_equal(limits.receive_units, 1000 + 203 + 64);
    /* Odd bytes are left, not overdrawn. */
    options.receive_memory = (64u << 20) + 1023;
    compute();
    assert_int_equal(limits.receive_units, 48 * 1024);
    options.receive_memory = 1ull << 40;
    compute();
    assert_int_equal(limits.receive_buffers, 32768);
}

static void a_given_reply_memory_is_divided(void **state) {
    (void)state;
    set_reference();
    options.reply_memory = 64u << 20;
    compute();
    assert_int_equal(limits.reply_chunks, 16384);
    assert_int_equal(limits.reply_chunks_kept, 1000); /* one for each connection is enough */
    options.reply_memory = limits_reply_memory_min(&options);
    compute();
    assert_int_equal(limits.reply_chunks, 1000 + 127);
    assert_int_equal(limits.reply_chunks_kept, 1000);
}

/* -- random configurations -- */

/* A number between min and max, as often small as large. */
static u64 random_between(struct prng *prng, u64 min, u64 max) {
    const u32 bits = (u32)(prng_next(prng) % 64) + 1;
    const u64 number = prng_next(prng) >> (64 - bits);
    return number < min ? min : number > max ? min + number % (max - min + 1) : number;
}

static void set_random(struct prng *prng) {
    options_default(&options);
    for (u32 i = 0; i < option_count(); i++) {
        const struct option_info *info = option_at(i);
        if (info->type != OPTION_INT && info->type != OPTION_SIZE) continue;
        if (prng_next(prng) % 4 == 0) continue; /* some keep their default */
        u64 number = random_between(prng, info->min, info->max);
        memcpy((char *)&options + info->offset, &number, sizeof(number));
    }
    options.capacity = prng_next(prng) % 2 ? CAPACITY_SHARED : CAPACITY_GUARANTEED;
    options.proto_max_bulk_len = u64_max(options.proto_max_bulk_len, options.val_size_max);
}

static void assert_receive_rules(void) {
    const u64 one = u64_div_up(limits.connection_recv_size, RECEIVE_UNIT_BYTES);
    assert_true(limits.receive_buffers >= 64 && limits.receive_buffers <= 32768);
    assert_int_equal(limits.receive_buffers & (limits.receive_buffers - 1), 0);
    assert_int_equal(limits.receive_units_kept, options.connections_max);
    assert_true(limits.receive_units <= UINT32_MAX);
    const u64 large = limits.receive_units - limits.receive_units_kept;
    assert_true(large >= one + 64);
    if (options.receive_memory == 0) {
        assert_true(large >= 2 * one);
        assert_true(large >= 4096);
        assert_true(large <= u64_max(32768, 2 * (one + 64)));
    } else {
        assert_true(limits.receive_buffers * RECEIVE_BUFFER_BYTES +
                        limits.receive_units * RECEIVE_UNIT_BYTES <=
                    options.receive_memory);
    }
}

static void assert_reply_rules(void) {
    const u64 one = u64_div_up(limits.connection_send_size, CHUNK_PAYLOAD) + 1;
    assert_true(limits.reply_chunks_kept >= u64_min(options.connections_max, 1024));
    assert_true(limits.reply_chunks_kept <= options.connections_max);
    assert_true(limits.reply_chunks - limits.reply_chunks_kept >= one);
    if (options.reply_memory != 0) {
        assert_true(limits.reply_chunks * CHUNK_BYTES <= options.reply_memory);
    } else {
        assert_true(limits.reply_chunks <= 1024 + u64_max(44 * 256, one + 64));
    }
}

static void assert_transaction_rules(void) {
    const u64 one = u64_div_up(limits.connection_recv_size, TRANSACTION_CHUNK_BYTES - 8);
    assert_int_equal(limits.transaction_chunks_kept, u64_min(options.connections_max, 512));
    const u64 large = limits.transaction_chunks - limits.transaction_chunks_kept;
    assert_true(large > one);
    if (options.transaction_memory != 0) {
        assert_true(limits.transaction_chunks * TRANSACTION_CHUNK_BYTES <=
                    options.transaction_memory);
    } else {
        assert_true(large <= u64_max(4096, one + one / 10 + 2));
    }
}

static void assert_rules(void) {
    assert_true(limits.connection_recv_size <= options.request_size_max);
    assert_true(limits.connection_recv_size >= REQUEST_SIZE_FLOOR);
    assert_true(limits.connection_recv_size >= options.key_size_max + options.val_size_max);
    assert_true(limits.connection_send_size <= options.reply_size_max);
    assert_true(limits.connection_send_size >= REPLY_SIZE_FLOOR);
    assert_true(limits.connection_send_size >= options.val_size_max + 5);
    assert_true(limits.request_args_max <= options.request_args_max);
    assert_true(limits.request_args_max >= u64_min(options.request_args_max, 1024));
    assert_receive_rules();
    assert_reply_rules();
    assert_transaction_rules();
}

static void a_given_transaction_memory_is_enough_for_one(void **state) {
    (void)state;
    options_default(&options);
    compute();
    assert_in_range(limits.transaction_chunks * TRANSACTION_CHUNK_BYTES, 4u << 20, 5u << 20);
    const u64 min = limits_transaction_memory_min(&options);
    options.transaction_memory = min - 1;
    assert_false(options_check(&options, &error));
    assert_non_null(strstr(error.text, "transaction-memory: '"));
    options.transaction_memory = min;
    compute();
    assert_int_equal(limits.transaction_chunks * TRANSACTION_CHUNK_BYTES, min);
    options.connections_max = 3;
    options.transaction_memory = 0;
    compute();
    assert_int_equal(limits.transaction_chunks_kept, 3);
}

/* A refusal names an option; what is accepted keeps the rules. */
static void random_configurations(void **state) {
    (void)state;
    struct prng prng;
    u32 accepted = 0, refused = 0;
    prng_init(&prng, 20);
    while (accepted < 400) {
        set_random(&prng);
        if (options_check(&options, &error)) {
            accepted++;
            limits_compute(&limits, &options);
            assert_rules();
            continue;
        }
        refused++;
        const size_t len = strcspn(error.text, ": ");
        assert_non_null(option_find(bytes_of(error.text, len)));
        limits_compute(&limits, &options); /* of no use, but no crash */
        assert_true(refused < 100000);
    }
    assert_true(refused > 0);
}

/* The corners of the table: everything at its largest and smallest. */
static void extreme_configurations(void **state) {
    (void)state;
    for (u32 largest = 0; largest < 2; largest++) {
        options_default(&options);
        for (u32 i = 0; i < option_count(); i++) {
            const struct option_info *info = option_at(i);
            if (info->type != OPTION_INT && info->type != OPTION_SIZE) continue;
            memcpy((char *)&options + info->offset, largest ? &info->max : &info->min, 8);
        }
        options.capacity = CAPACITY_GUARANTEED;
        options_mark_given(&options, "memory", false);
        options.memory = options.store_memory = 0;
        compute();
        assert_rules();
        if (!largest) continue;
        options.receive_memory = options.reply_memory = 0;
        compute();
        assert_rules();
    }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_reference_configuration),
        TEST(the_default_configuration),
        TEST(a_long_list_makes_the_longest_reply),
        TEST(one_value_may_be_the_longest_request),
        TEST(arguments_bound_the_longest_push),
        TEST(small_limits_have_a_floor),
        TEST(buffers_grow_with_connections),
        TEST(a_given_receive_memory_is_divided),
        TEST(a_given_reply_memory_is_divided),
        TEST(a_given_transaction_memory_is_enough_for_one),
        TEST(random_configurations),
        TEST(extreme_configurations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
