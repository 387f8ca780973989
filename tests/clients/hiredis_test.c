/* hiredis through its ordinary calls, against a server that is running already:
 * hiredis_test PORT [UNIX-SOCKET]. hiredis_client.py starts one and this. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Its headers have functions that do not pass our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <hiredis.h>
#pragma GCC diagnostic pop

#define PIPELINED 10000
#define LARGE_BYTES 500000

struct target {
    int port;
    const char *path;
};

static redisContext *connect_to(const struct target *target) {
    redisContext *context = redisConnect("127.0.0.1", target->port);
    assert_non_null(context);
    if (context->err) fail_msg("connect: %s", context->errstr);
    /* A server that hangs must fail the test. */
    const struct timeval patience = {.tv_sec = 60};
    assert_int_equal(redisSetTimeout(context, patience), REDIS_OK);
    return context;
}

/* Every test begins with an empty store and a connection of its own. */
static int setup(void **state) {
    redisContext *context = connect_to(*state);
    redisReply *reply = redisCommand(context, "FLUSHALL");
    assert_non_null(reply);
    assert_int_equal(reply->type, REDIS_REPLY_STATUS);
    freeReplyObject(reply);
    redisFree(context);
    return 0;
}

static redisReply *want_type(redisContext *context, void *reply, int type) {
    redisReply *got = reply;
    if (got == NULL) fail_msg("no reply: %s", context->errstr);
    if (got->type != type) fail_msg("type %d, expected %d: %s", got->type, type, got->str);
    return got;
}

static void want_string(redisContext *context, void *reply, const char *text, size_t len) {
    redisReply *got = want_type(context, reply, REDIS_REPLY_STRING);
    assert_int_equal(got->len, len);
    assert_memory_equal(got->str, text, len);
    freeReplyObject(got);
}

static void want_integer(redisContext *context, void *reply, long long number) {
    redisReply *got = want_type(context, reply, REDIS_REPLY_INTEGER);
    assert_int_equal(got->integer, number);
    freeReplyObject(got);
}

static void want_status(redisContext *context, void *reply, const char *text) {
    redisReply *got = want_type(context, reply, REDIS_REPLY_STATUS);
    assert_string_equal(got->str, text);
    freeReplyObject(got);
}

static void want_error(redisContext *context, void *reply, const char *start) {
    redisReply *got = want_type(context, reply, REDIS_REPLY_ERROR);
    assert_memory_equal(got->str, start, strlen(start));
    freeReplyObject(got);
}

static void want_nil(redisContext *context, void *reply) {
    freeReplyObject(want_type(context, reply, REDIS_REPLY_NIL));
}

static void one_command_at_a_time(void **state) {
    redisContext *context = connect_to(*state);
    want_status(context, redisCommand(context, "PING"), "PONG");
    want_status(context, redisCommand(context, "SET %s %s", "key", "a value"), "OK");
    want_string(context, redisCommand(context, "GET key"), "a value", 7);
    want_nil(context, redisCommand(context, "GET missing"));
    want_status(context, redisCommand(context, "SET %b %b", "a\0b", (size_t)3, "\r\n\0", (size_t)3),
                "OK");
    want_string(context, redisCommand(context, "GET %b", "a\0b", (size_t)3), "\r\n\0", 3);
    want_integer(context, redisCommand(context, "INCR counter"), 1);
    want_integer(context, redisCommand(context, "DECRBY counter %d", 43), -42);
    want_integer(context, redisCommand(context, "EXISTS key counter missing"), 2);
    want_error(context, redisCommand(context, "NOSUCH"), "ERR unknown command 'NOSUCH'");
    want_error(context, redisCommand(context, "LPUSH key x"), "WRONGTYPE ");
    want_status(context, redisCommand(context, "TYPE key"), "string");
    redisFree(context);
}

static void arrays(void **state) {
    redisContext *context = connect_to(*state);
    want_integer(context, redisCommand(context, "RPUSH list a b %s", "c d"), 3);
    redisReply *range =
        want_type(context, redisCommand(context, "LRANGE list 0 -1"), REDIS_REPLY_ARRAY);
    assert_int_equal(range->elements, 3);
    assert_string_equal(range->element[0]->str, "a");
    assert_string_equal(range->element[2]->str, "c d");
    freeReplyObject(range);
    redisReply *many = want_type(context, redisCommand(context, "MGET a b c"), REDIS_REPLY_ARRAY);
    assert_int_equal(many->elements, 3);
    for (size_t i = 0; i < many->elements; i++) {
        assert_int_equal(many->element[i]->type, REDIS_REPLY_NIL);
    }
    freeReplyObject(many);
    redisReply *scan =
        want_type(context, redisCommand(context, "SCAN 0 COUNT 10"), REDIS_REPLY_ARRAY);
    assert_int_equal(scan->elements, 2);
    assert_int_equal(scan->element[1]->type, REDIS_REPLY_ARRAY);
    freeReplyObject(scan);
    want_nil(context, redisCommand(context, "LPOP missing 3"));
    redisReply *commands = want_type(context, redisCommand(context, "COMMAND"), REDIS_REPLY_ARRAY);
    assert_true(commands->elements >= 35);
    freeReplyObject(commands);
    redisFree(context);
}

static void arguments_as_vectors(void **state) {
    redisContext *context = connect_to(*state);
    const char *arguments[1002] = {"RPUSH", "list"};
    for (size_t i = 2; i < 1002; i++)
        arguments[i] = "element";
    want_integer(context, redisCommandArgv(context, 1002, arguments, NULL), 1000);
    want_integer(context, redisCommand(context, "LLEN list"), 1000);
    redisFree(context);
}

static void a_pipeline(void **state) {
    redisContext *context = connect_to(*state);
    for (int i = 0; i < PIPELINED; i++) {
        assert_int_equal(redisAppendCommand(context, "SET key:%d value:%d", i, i), REDIS_OK);
        assert_int_equal(redisAppendCommand(context, "GET key:%d", i), REDIS_OK);
    }
    for (int i = 0; i < PIPELINED; i++) {
        void *reply = NULL;
        char expected[32];
        int len = snprintf(expected, sizeof(expected), "value:%d", i);
        assert_int_equal(redisGetReply(context, &reply), REDIS_OK);
        want_status(context, reply, "OK");
        assert_int_equal(redisGetReply(context, &reply), REDIS_OK);
        want_string(context, reply, expected, (size_t)len);
    }
    want_integer(context, redisCommand(context, "DBSIZE"), PIPELINED);
    redisFree(context);
}

static void large_values(void **state) {
    redisContext *context = connect_to(*state);
    char *value = malloc(LARGE_BYTES);
    assert_non_null(value);
    for (size_t i = 0; i < LARGE_BYTES; i++)
        value[i] = (char)(i * 31 + i / 251);
    for (size_t len = 1; len <= LARGE_BYTES; len = len * 3 + 1) {
        want_status(context, redisCommand(context, "SET large %b", value, len), "OK");
        want_string(context, redisCommand(context, "GET large"), value, len);
        want_integer(context, redisCommand(context, "STRLEN large"), (long long)len);
    }
    free(value);
    redisFree(context);
}

/* What is asked for on one connection comes when another one gives it. */
static void pops_that_wait(void **state) {
    redisContext *waits = connect_to(*state), *pushes = connect_to(*state);
    assert_int_equal(redisAppendCommand(waits, "BLPOP list 0"), REDIS_OK);
    assert_int_equal(redisAppendCommand(waits, "BLMOVE list other LEFT RIGHT 0"), REDIS_OK);
    int written = 0;
    while (!written)
        assert_int_equal(redisBufferWrite(waits, &written), REDIS_OK);
    want_integer(pushes, redisCommand(pushes, "RPUSH list a"), 1);
    void *reply = NULL;
    assert_int_equal(redisGetReply(waits, &reply), REDIS_OK);
    redisReply *array = want_type(waits, reply, REDIS_REPLY_ARRAY);
    assert_int_equal(array->elements, 2);
    assert_string_equal(array->element[0]->str, "list");
    assert_string_equal(array->element[1]->str, "a");
    freeReplyObject(array);
    want_integer(pushes, redisCommand(pushes, "RPUSH list b"), 1);
    assert_int_equal(redisGetReply(waits, &reply), REDIS_OK);
    want_string(waits, reply, "b", 1);
    want_string(pushes, redisCommand(pushes, "LINDEX other 0"), "b", 1);
    freeReplyObject(want_type(waits, redisCommand(waits, "BLPOP list 0.02"), REDIS_REPLY_NIL));
    redisFree(pushes);
    redisFree(waits);
}

static void a_transaction(void **state) {
    redisContext *context = connect_to(*state);
    want_status(context, redisCommand(context, "WATCH n"), "OK");
    want_status(context, redisCommand(context, "MULTI"), "OK");
    want_status(context, redisCommand(context, "INCRBY n 40"), "QUEUED");
    want_status(context, redisCommand(context, "LPUSH n x"), "QUEUED");
    redisReply *array = want_type(context, redisCommand(context, "EXEC"), REDIS_REPLY_ARRAY);
    assert_int_equal(array->elements, 2);
    assert_int_equal(array->element[0]->integer, 40);
    assert_int_equal(array->element[1]->type, REDIS_REPLY_ERROR);
    freeReplyObject(array);
    redisFree(context);
}

static void broken_frames_close(void **state) {
    redisContext *context = connect_to(*state);
    assert_int_equal(redisAppendFormattedCommand(context, "*1\r\n!oops\r\n", 11), REDIS_OK);
    void *reply = NULL;
    assert_int_equal(redisGetReply(context, &reply), REDIS_OK);
    want_error(context, reply, "ERR Protocol error: expected '$', got '!'");
    assert_int_equal(redisGetReply(context, &reply), REDIS_ERR);
    assert_int_equal(context->err, REDIS_ERR_EOF);
    assert_int_equal(redisReconnect(context), REDIS_OK);
    want_status(context, redisCommand(context, "PING"), "PONG");
    redisFree(context);
}

static void a_unix_socket(void **state) {
    const struct target *target = *state;
    if (target->path == NULL) skip();
    redisContext *context = redisConnectUnix(target->path);
    assert_non_null(context);
    if (context->err) fail_msg("connect: %s", context->errstr);
    want_status(context, redisCommand(context, "SET key unix"), "OK");
    redisContext *other = connect_to(target);
    want_string(other, redisCommand(other, "GET key"), "unix", 4);
    redisFree(other);
    redisFree(context);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: hiredis_test PORT [UNIX-SOCKET]\n");
        return 2;
    }
    struct target target = {.port = atoi(argv[1]), .path = argc > 2 ? argv[2] : NULL};
#define CASE(function) cmocka_unit_test_prestate_setup_teardown(function, setup, NULL, &target)
    const struct CMUnitTest tests[] = {
        CASE(one_command_at_a_time), CASE(arrays),
        CASE(arguments_as_vectors),  CASE(a_pipeline),
        CASE(large_values),          CASE(broken_frames_close),
        CASE(a_unix_socket),         CASE(pops_that_wait),
        CASE(a_transaction),
    };
    return cmocka_run_group_tests_name("hiredis", tests, NULL, NULL);
}
