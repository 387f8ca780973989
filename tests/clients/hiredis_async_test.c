/* hiredis's asynchronous contexts, against a server that is running already:
 * hiredis_async_test PORT. hiredis_client.py starts one and this. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
#include <async.h>
#include <hiredis.h>
#pragma GCC diagnostic pop

#define CONTEXTS_MAX 4
#define PIPELINED 5000
/* A server that hangs must fail the test. */
#define PATIENCE_MS 60000

/* The smallest event loop that hiredis can be attached to: poll() over a few contexts. */
struct watcher {
    redisAsyncContext *context; /* NULL: free, or disconnected */
    short events;
};

struct loop {
    int port;
    struct watcher watchers[CONTEXTS_MAX];
    long long calls; /* of callbacks */
    long long sum;   /* of the integers they got */
    long long last;
    char text[256]; /* of the strings they got, each followed by a space */
};

static void want_read(void *data) {
    ((struct watcher *)data)->events |= POLLIN;
}
static void want_no_read(void *data) {
    ((struct watcher *)data)->events &= (short)~POLLIN;
}
static void want_write(void *data) {
    ((struct watcher *)data)->events |= POLLOUT;
}
static void want_no_write(void *data) {
    ((struct watcher *)data)->events &= (short)~POLLOUT;
}
static void forget(void *data) {
    ((struct watcher *)data)->context = NULL;
}

static redisAsyncContext *attach(struct loop *loop) {
    redisAsyncContext *context = redisAsyncConnect("127.0.0.1", loop->port);
    assert_non_null(context);
    if (context->err) fail_msg("connect: %s", context->errstr);
    for (int i = 0; i < CONTEXTS_MAX; i++) {
        struct watcher *watcher = &loop->watchers[i];
        if (watcher->context != NULL) continue;
        *watcher = (struct watcher){.context = context};
        context->ev.data = watcher;
        context->ev.addRead = want_read;
        context->ev.delRead = want_no_read;
        context->ev.addWrite = want_write;
        context->ev.delWrite = want_no_write;
        context->ev.cleanup = forget;
        context->data = loop;
        return context;
    }
    fail_msg("too many contexts");
    return NULL;
}

static int attached(const struct loop *loop) {
    int count = 0;
    for (int i = 0; i < CONTEXTS_MAX; i++)
        count += loop->watchers[i].context != NULL;
    return count;
}

static void turn(struct loop *loop) {
    struct pollfd polled[CONTEXTS_MAX];
    for (int i = 0; i < CONTEXTS_MAX; i++) {
        const struct watcher *watcher = &loop->watchers[i];
        bool open = watcher->context != NULL;
        polled[i] =
            (struct pollfd){.fd = open ? watcher->context->c.fd : -1, .events = watcher->events};
    }
    if (poll(polled, CONTEXTS_MAX, PATIENCE_MS) <= 0) fail_msg("nothing happened for too long");
    for (int i = 0; i < CONTEXTS_MAX; i++) {
        struct watcher *watcher = &loop->watchers[i];
        if (watcher->context != NULL && polled[i].revents & (POLLIN | POLLHUP | POLLERR))
            redisAsyncHandleRead(watcher->context);
        if (watcher->context != NULL && polled[i].revents & POLLOUT)
            redisAsyncHandleWrite(watcher->context);
    }
}

static void turn_until_called(struct loop *loop, long long calls) {
    while (loop->calls < calls)
        turn(loop);
    assert_int_equal(loop->calls, calls);
}

/* Each context ends when all its replies have come. */
static void finish(struct loop *loop) {
    for (int i = 0; i < CONTEXTS_MAX; i++)
        if (loop->watchers[i].context != NULL) redisAsyncDisconnect(loop->watchers[i].context);
    while (attached(loop) > 0)
        turn(loop);
}

static void note_text(struct loop *loop, const char *text) {
    strncat(loop->text, text, sizeof(loop->text) - strlen(loop->text) - 1);
    strncat(loop->text, " ", sizeof(loop->text) - strlen(loop->text) - 1);
}

static void note(redisAsyncContext *context, void *data, void *ignored) {
    struct loop *loop = context->data;
    const redisReply *reply = data;
    (void)ignored;
    if (reply == NULL) fail_msg("no reply: %s", context->errstr);
    loop->calls++;
    if (reply->type == REDIS_REPLY_INTEGER) {
        loop->sum += reply->integer;
        loop->last = reply->integer;
    } else if (reply->type == REDIS_REPLY_NIL) {
        note_text(loop, "nil");
    } else if (reply->type == REDIS_REPLY_ARRAY) {
        for (size_t i = 0; i < reply->elements; i++) {
            const redisReply *element = reply->element[i];
            if (element->type == REDIS_REPLY_INTEGER) loop->sum += element->integer;
            note_text(loop, element->str == NULL ? "-" : element->str);
        }
    } else {
        note_text(loop, reply->str);
    }
}

/* In the order of the requests: INCR's answers rise by one. */
static void note_in_order(redisAsyncContext *context, void *data, void *expected) {
    const redisReply *reply = data;
    if (reply == NULL) fail_msg("no reply: %s", context->errstr);
    assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
    assert_int_equal(reply->integer, (intptr_t)expected);
    ((struct loop *)context->data)->calls++;
}

static int setup(void **state) {
    struct loop *loop = *state;
    *loop = (struct loop){.port = loop->port};
    redisContext *context = redisConnect("127.0.0.1", loop->port);
    assert_non_null(context);
    if (context->err) fail_msg("connect: %s", context->errstr);
    freeReplyObject(redisCommand(context, "FLUSHALL"));
    redisFree(context);
    return 0;
}

static void many_requests_before_the_first_reply(void **state) {
    struct loop *loop = *state;
    redisAsyncContext *context = attach(loop);
    for (intptr_t i = 1; i <= PIPELINED; i++)
        assert_int_equal(redisAsyncCommand(context, note_in_order, (void *)i, "INCR n"), REDIS_OK);
    turn_until_called(loop, PIPELINED);
    finish(loop);
}

static void a_pop_that_waits_for_a_push(void **state) {
    struct loop *loop = *state;
    redisAsyncContext *waits = attach(loop), *pushes = attach(loop);
    redisAsyncCommand(waits, note, NULL, "BLPOP empty list 0");
    redisAsyncCommand(waits, note, NULL, "ECHO behind");
    redisAsyncCommand(pushes, note, NULL, "ECHO first");
    turn_until_called(loop, 1);
    redisAsyncCommand(pushes, note, NULL, "RPUSH list element");
    turn_until_called(loop, 4);
    assert_non_null(strstr(loop->text, "list element behind"));
    assert_int_equal(loop->last, 1);
    finish(loop);
}

static void a_pop_that_waits_in_vain(void **state) {
    struct loop *loop = *state;
    redisAsyncContext *context = attach(loop);
    redisAsyncCommand(context, note, NULL, "BLMOVE from to LEFT RIGHT 0.05");
    redisAsyncCommand(context, note, NULL, "BRPOP from 0.01");
    redisAsyncCommand(context, note, NULL, "ECHO behind");
    turn_until_called(loop, 3);
    assert_string_equal(loop->text, "nil nil behind ");
    finish(loop);
}

/* First come, first served, also when all of them wait in one loop. */
static void waiters_in_their_order(void **state) {
    struct loop *loop = *state;
    redisAsyncContext *first = attach(loop), *second = attach(loop), *pushes = attach(loop);
    redisAsyncCommand(first, note, NULL, "BLPOP list 0");
    redisAsyncCommand(pushes, note, NULL, "ECHO 1");
    /* The second one asks when the first one certainly waits: INFO says so. */
    while (loop->calls < 1)
        turn(loop);
    redisAsyncCommand(second, note, NULL, "BRPOP list 0");
    for (long long calls = 2; strstr(loop->text, "blocked_clients:2") == NULL; calls++) {
        loop->text[0] = '\0';
        redisAsyncCommand(pushes, note, NULL, "INFO clients");
        turn_until_called(loop, calls);
    }
    loop->text[0] = '\0';
    const long long calls = loop->calls;
    redisAsyncCommand(pushes, note, NULL, "RPUSH list a b c");
    turn_until_called(loop, calls + 3);
    assert_non_null(strstr(loop->text, "list a "));
    assert_non_null(strstr(loop->text, "list c "));
    finish(loop);
}

static void a_transaction(void **state) {
    struct loop *loop = *state;
    redisAsyncContext *context = attach(loop);
    redisAsyncCommand(context, note, NULL, "MULTI");
    redisAsyncCommand(context, note, NULL, "INCRBY n 40");
    redisAsyncCommand(context, note, NULL, "INCRBY n 2");
    redisAsyncCommand(context, note, NULL, "EXEC");
    turn_until_called(loop, 4);
    assert_string_equal(loop->text, "OK QUEUED QUEUED - - ");
    assert_int_equal(loop->sum, 82);
    finish(loop);
}

static void an_error_is_a_reply(void **state) {
    struct loop *loop = *state;
    redisAsyncContext *context = attach(loop);
    redisAsyncCommand(context, note, NULL, "NOSUCH");
    redisAsyncCommand(context, note, NULL, "PING");
    turn_until_called(loop, 2);
    assert_non_null(strstr(loop->text, "ERR unknown command 'NOSUCH'"));
    assert_non_null(strstr(loop->text, "PONG"));
    finish(loop);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: hiredis_async_test PORT\n");
        return 2;
    }
    struct loop loop = {.port = atoi(argv[1])};
#define CASE(function) cmocka_unit_test_prestate_setup_teardown(function, setup, NULL, &loop)
    const struct CMUnitTest tests[] = {
        CASE(many_requests_before_the_first_reply),
        CASE(a_pop_that_waits_for_a_push),
        CASE(a_pop_that_waits_in_vain),
        CASE(waiters_in_their_order),
        CASE(a_transaction),
        CASE(an_error_is_a_reply),
    };
    return cmocka_run_group_tests_name("hiredis async", tests, NULL, NULL);
}
