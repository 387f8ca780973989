#include <math.h>
#include <stdlib.h>

#include "kv/write.h"

#include "../unit.h"

/* A chain over a pool of its own, and everything that was written to it. */
struct fixture {
    struct chunk_pool chunks;
    struct chain chain;
    struct reply reply;
    void *memory;
    u8 *sent;
};

#define CHUNKS 64

static void begin(struct fixture *fixture, u64 chunks, u64 bytes_max, u8 protocol) {
    fixture->memory = aligned_alloc(64, (chunks + 1) * CHUNK_BYTES);
    fixture->sent = malloc(CHUNKS * CHUNK_BYTES);
    assert_true(fixture->memory != NULL && fixture->sent != NULL);
    chunk_pool_init(&fixture->chunks, fixture->memory, chunks, 0);
    chain_init(&fixture->chain, &fixture->chunks, bytes_max);
    fixture->reply = (struct reply){.chain = &fixture->chain, .protocol = protocol};
}

static void end(struct fixture *fixture) {
    chain_clear(&fixture->chain);
    assert_int_equal(fixture->chunks.pool.gauge.used, 0);
    free(fixture->memory);
    free(fixture->sent);
}

/* Copies what the chain holds to `sent` and returns its length. */
static size_t collect(struct fixture *fixture) {
    struct iovec vector[CHUNKS];
    const u32 count = chain_vector(&fixture->chain, vector, CHUNKS);
    size_t len = 0;
    for (u32 i = 0; i < count; i++) {
        memcpy(fixture->sent + len, vector[i].iov_base, vector[i].iov_len);
        len += vector[i].iov_len;
    }
    assert_int_equal(len, fixture->chain.bytes);
    return len;
}

static void expect_sent(struct fixture *fixture, const char *text, size_t text_len) {
    assert_false(fixture->chain.overflow);
    const size_t len = collect(fixture);
    if (len != text_len || memcmp(fixture->sent, text, len) != 0) {
        print_error("sent \"%.*s\", not \"%s\"\n", (int)len, (char *)fixture->sent, text);
        fail();
    }
}

/* Runs `call`, in which `r` is the reply, under one protocol and expects exactly these bytes: at
 * the beginning of a chunk, and across the border of two at every place. */
#define EXPECT_UNDER(version, text, call)                                                          \
    do {                                                                                           \
        for (u32 offset = 0; offset <= sizeof(text); offset++) {                                   \
            struct fixture fixture;                                                                \
            begin(&fixture, 8, 1 << 20, version);                                                  \
            static const u8 filler[CHUNK_PAYLOAD];                                                 \
            if (offset > 0) chain_write(&fixture.chain, filler, CHUNK_PAYLOAD + 1 - offset);       \
            struct reply *r = &fixture.reply;                                                      \
            call;                                                                                  \
            assert_false(fixture.chain.overflow);                                                  \
            if (offset > 0) chain_consume(&fixture.chain, CHUNK_PAYLOAD + 1 - offset);             \
            expect_sent(&fixture, text, sizeof(text) - 1);                                         \
            end(&fixture);                                                                         \
        }                                                                                          \
    } while (0)
#define EXPECT2(text, call) EXPECT_UNDER(2, text, call)
#define EXPECT3(text, call) EXPECT_UNDER(3, text, call)
#define EXPECT_BOTH(text, call)                                                                    \
    do {                                                                                           \
        EXPECT2(text, call);                                                                       \
        EXPECT3(text, call);                                                                       \
    } while (0)

static void writes_status(void **state) {
    (void)state;
    EXPECT_BOTH("+OK\r\n", reply_ok(r));
    EXPECT_BOTH("+PONG\r\n", reply_status(r, "PONG"));
    EXPECT_BOTH("+\r\n", reply_status(r, ""));
    EXPECT_BOTH("+OK\r\n+QUEUED\r\n", (reply_ok(r), reply_status(r, "QUEUED")));
}

static void writes_long_status(void **state) {
    (void)state;
    for (size_t len = CHAIN_ROOM_MAX - 5; len < CHAIN_ROOM_MAX + 5; len++) {
        struct fixture fixture;
        begin(&fixture, 4, 1 << 20, 2);
        char text[CHAIN_ROOM_MAX + 10] = {0};
        char wire[CHAIN_ROOM_MAX + 20];
        memset(text, 's', len);
        const int wire_len = snprintf(wire, sizeof(wire), "+%s\r\n", text);
        reply_status(&fixture.reply, text);
        expect_sent(&fixture, wire, (size_t)wire_len);
        end(&fixture);
    }
}

static void writes_errors_on_one_line(void **state) {
    (void)state;
    EXPECT_BOTH("-ERR no such key\r\n", reply_error(r, "ERR no such key"));
    EXPECT_BOTH("-ERR a  b  c  \r\n", reply_error(r, "ERR a\r\nb\n\rc\r\n"));
    EXPECT_BOTH("-\r\n", reply_error(r, ""));
    EXPECT_BOTH("-ERR unknown 'x  y' 7\r\n", reply_errorf(r, "ERR unknown '%s' %d", "x\r\ny", 7));
    EXPECT_BOTH("-ERR \xff\x80\t\r\n", reply_error(r, "ERR \xff\x80\t"));
}

static void writes_long_errors(void **state) {
    (void)state;
    static char text[10001];
    static char wire[10004];
    memset(text, 'e', 10000);
    text[499] = text[500] = text[511] = text[512] = text[513] = '\n';
    snprintf(wire, sizeof(wire), "-%s\r\n", text);
    wire[500] = wire[501] = wire[512] = wire[513] = wire[514] = ' ';
    struct fixture fixture;
    begin(&fixture, 8, 1 << 20, 2);
    reply_error(&fixture.reply, text);
    expect_sent(&fixture, wire, 10003);
    end(&fixture);
    /* A formatted one is cut at its documented length. */
    begin(&fixture, 8, 1 << 20, 2);
    reply_errorf(&fixture.reply, "%s", text);
    wire[1 + REPLY_ERROR_MAX] = '\r';
    wire[2 + REPLY_ERROR_MAX] = '\n';
    expect_sent(&fixture, wire, REPLY_ERROR_MAX + 3);
    end(&fixture);
}

static void writes_integers(void **state) {
    (void)state;
    EXPECT_BOTH(":0\r\n", reply_integer(r, 0));
    EXPECT_BOTH(":1\r\n", reply_integer(r, 1));
    EXPECT_BOTH(":9\r\n", reply_integer(r, 9));
    EXPECT_BOTH(":10\r\n", reply_integer(r, 10));
    EXPECT_BOTH(":99\r\n", reply_integer(r, 99));
    EXPECT_BOTH(":100\r\n", reply_integer(r, 100));
    EXPECT_BOTH(":-1\r\n", reply_integer(r, -1));
    EXPECT_BOTH(":-2\r\n", reply_integer(r, -2));
    EXPECT_BOTH(":9223372036854775807\r\n", reply_integer(r, INT64_MAX));
    EXPECT_BOTH(":-9223372036854775808\r\n", reply_integer(r, INT64_MIN));
}

static void writes_nulls(void **state) {
    (void)state;
    EXPECT2("$-1\r\n", reply_null(r));
    EXPECT3("_\r\n", reply_null(r));
    EXPECT2("*-1\r\n", reply_null_array(r));
    EXPECT3("_\r\n", reply_null_array(r));
}

static void writes_bulks(void **state) {
    (void)state;
    EXPECT_BOTH("$5\r\nhello\r\n", reply_bulk_string(r, "hello"));
    EXPECT_BOTH("$0\r\n\r\n", reply_bulk_string(r, ""));
    EXPECT_BOTH("$0\r\n\r\n", reply_bulk(r, bytes_of(NULL, 0)));
    EXPECT_BOTH("$4\r\na\0\r\n\r\n", reply_bulk(r, bytes_of("a\0\r\n", 4)));
    EXPECT_BOTH("$12\r\nhello, world\r\n", reply_bulk_string(r, "hello, world"));
    EXPECT_BOTH("$1\r\n7\r\n", reply_bulk_i64(r, 7));
    EXPECT_BOTH("$20\r\n-9223372036854775808\r\n", reply_bulk_i64(r, INT64_MIN));
}

static void writes_bulks_of_every_length(void **state) {
    (void)state;
    static u8 text[20000];
    static char wire[20100];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (u8)(i * 7 + i / 251);
    for (size_t len = 0; len < 20000; len += len < 1200 ? 1 : 613) {
        struct fixture fixture;
        begin(&fixture, 8, 1 << 20, 2);
        reply_bulk(&fixture.reply, bytes_of(text, len));
        const size_t head = (size_t)snprintf(wire, sizeof(wire), "$%zu\r\n", len);
        memcpy(wire + head, text, len);
        memcpy(wire + head + len, "\r\n", 2);
        expect_sent(&fixture, wire, head + len + 2);
        assert_int_equal(reply_bulk_bytes(len), head + len + 2);
        end(&fixture);
    }
}

static void writes_bulks_in_pieces(void **state) {
    (void)state;
    EXPECT_BOTH("$6\r\nabcdef\r\n", {
        reply_bulk_begin(r, 6);
        reply_bulk_data(r, "ab", 2);
        reply_bulk_data(r, NULL, 0);
        reply_bulk_data(r, "cdef", 4);
        reply_bulk_end(r);
    });
}

static void writes_aggregates(void **state) {
    (void)state;
    EXPECT_BOTH("*0\r\n", reply_array(r, 0));
    EXPECT_BOTH("*3\r\n", reply_array(r, 3));
    EXPECT_BOTH("*1048576\r\n", reply_array(r, 1048576));
    EXPECT2("*14\r\n", reply_map(r, 7));
    EXPECT3("%7\r\n", reply_map(r, 7));
    EXPECT2("*100\r\n", reply_map(r, 50));
    EXPECT3("%50\r\n", reply_map(r, 50));
    EXPECT2("*2\r\n", reply_set(r, 2));
    EXPECT3("~2\r\n", reply_set(r, 2));
    EXPECT2("*3\r\n", reply_push(r, 3));
    EXPECT3(">3\r\n", reply_push(r, 3));
}

static void writes_booleans(void **state) {
    (void)state;
    EXPECT2(":1\r\n", reply_bool(r, true));
    EXPECT2(":0\r\n", reply_bool(r, false));
    EXPECT3("#t\r\n", reply_bool(r, true));
    EXPECT3("#f\r\n", reply_bool(r, false));
}

/* Texts as redis-server 7.0 prints them. */
static void writes_doubles(void **state) {
    (void)state;
    EXPECT2("$1\r\n3\r\n", reply_double(r, 3));
    EXPECT3(",3\r\n", reply_double(r, 3));
    EXPECT2("$19\r\n0.10000000000000001\r\n", reply_double(r, 0.1));
    EXPECT3(",0.10000000000000001\r\n", reply_double(r, 0.1));
    EXPECT3(",-1.5\r\n", reply_double(r, -1.5));
    EXPECT3(",0\r\n", reply_double(r, 0.0));
    EXPECT3(",-0\r\n", reply_double(r, -0.0));
    EXPECT3(",-42\r\n", reply_double(r, -42));
    EXPECT3(",17179869184\r\n", reply_double(r, 17179869184.0));
    EXPECT3(",10000000000000000\r\n", reply_double(r, 1e16));
    EXPECT3(",99999999999999984\r\n", reply_double(r, 99999999999999984.0));
    EXPECT3(",1e+17\r\n", reply_double(r, 1e17));
    EXPECT3(",-1e+17\r\n", reply_double(r, -1e17));
    EXPECT2("$22\r\n1.2345678901234568e+17\r\n", reply_double(r, 123456789012345678.0));
    EXPECT3(",1.0000000000000001e+300\r\n", reply_double(r, 1e300));
    EXPECT2("$23\r\n4.9406564584124654e-324\r\n", reply_double(r, 5e-324));
    EXPECT2("$24\r\n-1.7976931348623157e+308\r\n", reply_double(r, -1.7976931348623157e308));
    EXPECT2("$3\r\ninf\r\n", reply_double(r, INFINITY));
    EXPECT2("$4\r\n-inf\r\n", reply_double(r, -INFINITY));
    EXPECT3(",inf\r\n", reply_double(r, INFINITY));
    EXPECT3(",-inf\r\n", reply_double(r, -INFINITY));
    EXPECT2("$3\r\nnan\r\n", reply_double(r, NAN));
    EXPECT3(",nan\r\n", reply_double(r, -NAN));
}

static void whole_doubles_are_what_printf_says(void **state) {
    (void)state;
    for (double value = 1; value < 9e18; value *= 1.7) {
        struct fixture fixture;
        char wire[64];
        begin(&fixture, 1, 4096, 3);
        const double whole = -(double)(i64)value;
        const int len = snprintf(wire, sizeof(wire), ",%.17g\r\n", whole);
        reply_double(&fixture.reply, whole);
        expect_sent(&fixture, wire, (size_t)len);
        end(&fixture);
    }
}

static void writes_verbatim_texts(void **state) {
    (void)state;
    EXPECT2("$4\r\nSome\r\n", reply_verbatim(r, "txt", bytes_of_string("Some")));
    EXPECT3("=8\r\ntxt:Some\r\n", reply_verbatim(r, "txt", bytes_of_string("Some")));
    EXPECT3("=4\r\nmkd:\r\n", reply_verbatim(r, "mkd", bytes_of(NULL, 0)));
    const struct bytes ab = bytes_of_string("ab");
    EXPECT2("$4\r\nabab\r\n", {
        reply_verbatim_begin(r, "txt", 4);
        reply_bulk_data(r, ab.data, ab.len);
        reply_bulk_data(r, ab.data, ab.len);
        reply_bulk_end(r);
    });
    EXPECT3("=8\r\ntxt:abab\r\n", {
        reply_verbatim_begin(r, "txt", 4);
        reply_bulk_data(r, ab.data, ab.len);
        reply_bulk_data(r, ab.data, ab.len);
        reply_bulk_end(r);
    });
    struct fixture fixture;
    begin(&fixture, 1, 4096, 3);
    assert_dies("strlen(format) == 3",
                reply_verbatim(&fixture.reply, "text", bytes_of_string("x")));
    end(&fixture);
}

static void writes_nested_replies_in_order(void **state) {
    (void)state;
    EXPECT3("%2\r\n$1\r\na\r\n*2\r\n:1\r\n_\r\n$1\r\nb\r\n~1\r\n#t\r\n", {
        reply_map(r, 2);
        reply_bulk_string(r, "a");
        reply_array(r, 2);
        reply_integer(r, 1);
        reply_null(r);
        reply_bulk_string(r, "b");
        reply_set(r, 1);
        reply_bool(r, true);
    });
}

static void predicts_its_own_sizes(void **state) {
    (void)state;
    assert_int_equal(reply_header_bytes(0), 4);
    assert_int_equal(reply_header_bytes(9), 4);
    assert_int_equal(reply_header_bytes(10), 5);
    assert_int_equal(reply_header_bytes(UINT64_MAX), 23);
    assert_int_equal(reply_bulk_bytes(0), 6);
    assert_int_equal(reply_bulk_bytes(64), 71);
    assert_int_equal(reply_bulk_bytes(100), 108);
}

/* Every kind of reply, in one go. */
static void write_everything(struct reply *reply) {
    static const u8 large[5000];
    reply_map(reply, 1);
    reply_status(reply, "S");
    reply_bulk(reply, bytes_of(large, sizeof(large)));
    reply_error(reply, "ERR x");
    reply_errorf(reply, "ERR %d", 1);
    reply_integer(reply, -5);
    reply_integer(reply, 5);
    reply_null(reply);
    reply_null_array(reply);
    reply_bulk_i64(reply, 12);
    reply_bulk_begin(reply, 5000);
    reply_bulk_data(reply, large, 5000);
    reply_bulk_end(reply);
    reply_push(reply, 2);
    reply_double(reply, 0.5);
    reply_bool(reply, true);
    reply_verbatim(reply, "txt", bytes_of_string("v"));
    reply_ok(reply);
}

static u64 bytes_of_everything(u8 protocol) {
    struct fixture fixture;
    begin(&fixture, 8, 1 << 20, protocol);
    write_everything(&fixture.reply);
    assert_false(fixture.chain.overflow);
    const u64 bytes = fixture.chain.bytes;
    end(&fixture);
    return bytes;
}

/* Whatever the limit is, the reply before stays as it was and the next one works. */
static void overflow_is_sticky_and_rolls_back(void **state) {
    (void)state;
    for (u8 protocol = 2; protocol <= 3; protocol++) {
        const u64 bytes = bytes_of_everything(protocol);
        for (u64 limit = 5; limit < bytes + 5; limit += limit % 5000 < 200 ? 1 : 97) {
            struct fixture fixture;
            begin(&fixture, 8, limit, protocol);
            reply_ok(&fixture.reply);
            const struct chain_mark mark = chain_begin(&fixture.chain);
            write_everything(&fixture.reply);
            assert_true(fixture.chain.overflow);
            assert_true(fixture.chain.overflow_limit);
            chain_rollback(&fixture.chain, mark);
            expect_sent(&fixture, "+OK\r\n", 5);
            end(&fixture);
        }
        struct fixture fixture;
        begin(&fixture, 8, bytes, protocol);
        write_everything(&fixture.reply);
        assert_false(fixture.chain.overflow);
        assert_int_equal(fixture.chain.bytes, bytes);
        end(&fixture);
    }
}

static void survives_a_pool_of_any_size(void **state) {
    (void)state;
    for (u64 chunks = 0; chunks < 3; chunks++) {
        struct fixture fixture;
        begin(&fixture, chunks, 1 << 20, 3);
        const struct chain_mark mark = chain_begin(&fixture.chain);
        write_everything(&fixture.reply);
        assert_true(fixture.chain.overflow);
        assert_false(fixture.chain.overflow_limit);
        chain_rollback(&fixture.chain, mark);
        assert_int_equal(fixture.chain.bytes, 0);
        assert_int_equal(fixture.chunks.pool.gauge.used, 0);
        end(&fixture);
    }
}

static void a_small_reply_after_an_overflow_is_not_written(void **state) {
    (void)state;
    struct fixture fixture;
    static const u8 large[200];
    begin(&fixture, 8, 100, 2);
    reply_bulk(&fixture.reply, bytes_of(large, sizeof(large)));
    assert_true(fixture.chain.overflow);
    reply_ok(&fixture.reply);
    reply_integer(&fixture.reply, 1);
    assert_true(fixture.chain.overflow);
    end(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_status),
        cmocka_unit_test(writes_long_status),
        cmocka_unit_test(writes_errors_on_one_line),
        cmocka_unit_test(writes_long_errors),
        cmocka_unit_test(writes_integers),
        cmocka_unit_test(writes_nulls),
        cmocka_unit_test(writes_bulks),
        cmocka_unit_test(writes_bulks_of_every_length),
        cmocka_unit_test(writes_bulks_in_pieces),
        cmocka_unit_test(writes_aggregates),
        cmocka_unit_test(writes_booleans),
        cmocka_unit_test(writes_doubles),
        cmocka_unit_test(whole_doubles_are_what_printf_says),
        cmocka_unit_test(writes_verbatim_texts),
        cmocka_unit_test(writes_nested_replies_in_order),
        cmocka_unit_test(predicts_its_own_sizes),
        cmocka_unit_test(overflow_is_sticky_and_rolls_back),
        cmocka_unit_test(survives_a_pool_of_any_size),
        cmocka_unit_test(a_small_reply_after_an_overflow_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
