/* Transactions: their replies are those of the same commands without MULTI and EXEC, whatever they
 * do to each other's keys, and never longer than was bounded before; what is refused has changed
 * nothing; EXEC that waits for memory waits as a whole; and large ones take the arguments of the
 * batch. A reply beyond its bound would be an error that the same command elsewhere does not give,
 * and aborts debug builds.
 */
#include "kv/prng.h"

#include "world.h"

/* Words: $s a string's key, $l a list's key, $k either, $v a value, $n a small number, $i an index,
 * $o an offset, $d a database. A command that the table does not have is skipped. */
static const char *const templates[] = {
    "SET $s $v",
    "SET $s $v",
    "SET $s $v GET",
    "SET $k $v NX GET",
    "SET $s $v XX",
    "SET $s $n",
    "GET $k",
    "GET $s",
    "GET $s",
    "MGET $k $k $s",
    "APPEND $s $v",
    "APPEND $k $n",
    "STRLEN $s",
    "INCR $s",
    "DECRBY $k $n",
    "MSET $k $v $s $v",
    "DEL $k",
    "UNLINK $k $k",
    "EXISTS $k $k",
    "TYPE $k",
    "EXPIRE $k 100000",
    "PERSIST $k",
    "RPUSH $l $v",
    "RPUSH $l $v $v $n $n $v",
    "LPUSH $l $n $v",
    "LPUSH $k $v $n",
    "LPOP $l",
    "LPOP $l $n",
    "RPOP $l",
    "RPOP $k $n",
    "LLEN $l",
    "LINDEX $l $i",
    "LINDEX $l $i",
    "LRANGE $l $i $i",
    "LRANGE $l $i $i",
    "LRANGE $l 0 -1",
    "LRANGE $k -3 -1",
    "SELECT $d",
    "FLUSHDB",
    "DBSIZE",
    "SCAN 0 COUNT 100000",
    "PING $v",
    "ECHO $v",
    "HELLO 3",
    "HELLO 2",
    "CONFIG GET *memory*",
    "COMMAND GETKEYS MSET $k $v $k $v",
    "COMMAND COUNT",
    "NOSUCHCOMMAND",
    "GETSET $s $v",
    "GETDEL $s",
    "GETEX $s PERSIST",
    "SETEX $s 100000 $v",
    "SETNX $k $v",
    "MSETNX $k $v $k $v",
    "GETRANGE $s $i $i",
    "SUBSTR $s $i $i",
    "SETRANGE $s $o $v",
    "INCRBYFLOAT $s 1e300",
    "INCRBYFLOAT $s 1.25",
    "LCS $s $s",
    "LCS $s $s IDX",
    "LCS $s $s IDX WITHMATCHLEN",
    "SETBIT $s $o 1",
    "GETBIT $s $o",
    "BITCOUNT $s",
    "BITOP OR $s $s $s",
    "BITOP NOT $s $k",
    "BITFIELD $s SET u8 $o 200 GET u8 #$n INCRBY i5 #$o 1",
    "BITFIELD_RO $s GET u63 $o",
    "LPUSHX $l $v",
    "RPUSHX $l $v $v",
    "LSET $l $i $v",
    "LINSERT $l BEFORE $n $v",
    "LREM $l $n $n",
    "LTRIM $l $i $i",
    "LPOS $l $n COUNT 0",
    "LPOS $l $n COUNT $n",
    "LPOS $l $n COUNT 1 COUNT $n",
    "LMOVE $l $l LEFT RIGHT",
    "LMOVE $l $k RIGHT LEFT",
    "RPOPLPUSH $l $l",
    "LMPOP 2 $l $l LEFT COUNT $n",
    "LMPOP 1 $k RIGHT",
    "BLPOP $l $l 0.01",
    "BRPOP $k 0.01",
    "BLMPOP 0.01 2 $l $l LEFT COUNT $n",
    "RENAME $k $k",
    "RENAMENX $k $k",
    "COPY $k $k REPLACE",
    "COPY $k $k DB $d REPLACE",
    "MOVE $k $d",
    "TOUCH $k",
    "RANDOMKEY",
    "KEYS *",
    "SWAPDB $d $d",
    "OBJECT ENCODING $k",
    "SORT $l ALPHA",
    "SORT $l ALPHA STORE $k",
    "SORT_RO $l ALPHA LIMIT 0 $n",
    "SORT $l BY nosort GET # GET s*",
    "DUMP $k",
    "DUMP $l",
    /* Errors, whose texts are bounded too. */
    "LPOS $l $n RANK 0",
    "LSET $l 99999 $v",
    "LMPOP 0 $l LEFT",
    "LPOP $l -1",
    "SETRANGE $s -1 x",
    "SETRANGE $s 1000000 x",
    "SETBIT $s -1 1",
    "BITPOS $s 2",
    "BITFIELD $s GET x9 0",
    "BITOP NOT $s $s $s",
    "GETEX $s EX 0",
    "SET $s $v GET EX -5",
    "SETEX $s 0 $v",
    "EXPIRE $k 9223372036854775807",
    "INCRBYFLOAT $s x",
    "DECRBY $s -9223372036854775808",
    "SELECT 99999999999",
    "SWAPDB 0 99",
    "COPY $k $k DB 99",
    "MOVE $k 99",
    "RESTORE $k 0 broken",
    "RESTORE $k -1 $v",
    "SORT $k BY",
    "LCS $s $s LEN IDX",
    "HELLO 9",
    "AUTH a b",
    "OBJECT FREQ $k",
};

enum { COMMANDS_MAX = 200, REQUEST_MAX = 60000 };

struct generator {
    struct prng prng;
    u32 value_max;
    u32 element_count; /* of which values may be long */
    bool unordered;    /* a request since answers in an order that says nothing */
    struct buffer request;
    struct buffer value;
};

static u32 below(struct generator *generator, u64 bound) {
    return (u32)prng_below(&generator->prng, bound);
}

static void put_argument(struct buffer *out, const void *data, size_t len) {
    buffer_printf(out, "$%zu\r\n", len);
    buffer_add(out, data, len);
    buffer_text(out, "\r\n");
}

static void make_value(struct generator *generator) {
    struct buffer *value = &generator->value;
    value->len = 0;
    u32 len = below(generator, 30);
    if (below(generator, 6) == 0) len = below(generator, generator->value_max);
    if (below(generator, 4) == 0) {
        buffer_printf(value, "%u", below(generator, 1000000));
        return;
    }
    if (len > 0) buffer_fill(value, (u8)('a' + below(generator, 26)), len);
}

static void make_word(struct generator *generator, const char *word, size_t len) {
    char text[64];
    if (len < 2 || word[0] != '$') {
        size_t sign = word[0] == '#' ? 1 : 0;
        if (len == 3 && sign == 1 && word[1] == '$') {
            snprintf(text, sizeof(text), "#%u", below(generator, 40));
            put_argument(&generator->request, text, strlen(text));
        } else {
            put_argument(&generator->request, word, len);
        }
        return;
    }
    switch (word[1]) {
    case 's':
        snprintf(text, sizeof(text), "s%u", below(generator, 4));
        break;
    case 'l':
        snprintf(text, sizeof(text), "l%u", below(generator, 3));
        break;
    case 'k':
        snprintf(text, sizeof(text), "%c%u", "sl"[below(generator, 2)], below(generator, 4));
        break;
    case 'n':
        snprintf(text, sizeof(text), "%u", below(generator, 8));
        break;
    case 'i':
        snprintf(text, sizeof(text), "%d", (int)below(generator, 30) - 15);
        break;
    case 'o':
        snprintf(text, sizeof(text), "%u", below(generator, 5000));
        break;
    case 'd':
        snprintf(text, sizeof(text), "%u", below(generator, 3));
        break;
    default:
        make_value(generator);
        put_argument(&generator->request, generator->value.data, generator->value.len);
        return;
    }
    put_argument(&generator->request, text, strlen(text));
}

static bool is_known(const struct world *world, const char *template) {
    size_t len = strcspn(template, " ");
    const struct command *command = command_find(&world->engine.lookup, bytes_of(template, len));
    if (command == NULL || !command_is_container(command)) return command != NULL;
    const char *child = template + len + 1;
    return command_find_child(command, bytes_of(child, strcspn(child, " "))) != NULL;
}

/* A request of a known command, in generator->request. */
static void make_request(const struct world *world, struct generator *generator) {
    const char *template;
    do {
        template = templates[below(generator, KV_ARRAY_LENGTH(templates))];
    } while (!is_known(world, template));
    generator->unordered |= memcmp(template, "SCAN", 4) == 0 || memcmp(template, "KEYS", 4) == 0 ||
                            memcmp(template, "RAND", 4) == 0;
    u32 words = 1;
    for (const char *c = template; *c != '\0'; c++)
        words += *c == ' ';
    generator->request.len = 0;
    buffer_printf(&generator->request, "*%u\r\n", words);
    for (const char *word = template; word[0] != '\0';) {
        size_t len = strcspn(word, " ");
        make_word(generator, word, len);
        word += len + (word[len] == ' ');
    }
}

static void expect_state_equal(struct world *plain, struct world *whole) {
    for (u32 d = 0; d < 3; d++)
        assert_int_equal(store_keys(&plain->engine.store, d), store_keys(&whole->engine.store, d));
    store_check(&whole->engine.store);
}

/* Where EXEC does not wait, the same command alone waits until its time is over. */
static void wait_for_blocked(struct world *world) {
    while (world->engine.blocked.clients.gauge.used > 0) {
        world_pass_us(world, 20000);
        world_settle(world);
    }
}

static const char refused[] = "-EXECABORT Transaction discarded because of: its replies may "
                              "exceed reply-size-max (";

/* One transaction in `whole`, and when it was executed the same commands in `plain`. Returns
 * whether it was. */
static bool run_one(struct world *plain, struct world *whole, struct generator *generator,
                    u32 count) {
    struct buffer commands = {0};
    struct buffer wanted = {0};
    struct buffer *got = &whole->clients[0].reply;
    buffer_text(&wanted, "+OK\r\n");
    generator->unordered = false;
    for (u32 i = 0; i < count; i++) {
        make_request(whole, generator);
        buffer_add(&commands, generator->request.data, generator->request.len);
        buffer_text(&wanted, "+QUEUED\r\n");
    }
    world_send_text(whole, 0, "MULTI\r\n");
    world_send(whole, 0, commands.data, commands.len);
    world_send_text(whole, 0, "EXEC\r\n");
    world_settle(whole);
    assert_true(got->len > wanted.len);
    const struct buffer queued = {.data = got->data, .len = wanted.len};
    buffer_expect(&queued, &wanted, "until EXEC");
    bool executed = got->data[wanted.len] == '*';
    if (executed) {
        buffer_printf(&wanted, "*%u\r\n", count);
        world_send(plain, 0, commands.data, commands.len);
        world_settle(plain);
        wait_for_blocked(plain);
        struct buffer *replies = &plain->clients[0].reply;
        buffer_add(&wanted, replies->data, replies->len);
        replies->len = 0;
        if (generator->unordered) {
            /* All keys' names are of one length. */
            assert_int_equal(got->len, wanted.len);
            got->len = 0;
        } else {
            world_expect_bytes(whole, 0, wanted.data, wanted.len);
        }
    } else {
        assert_memory_equal(got->data + wanted.len, refused, strlen(refused));
        got->len = 0;
    }
    assert_int_equal(whole->engine.transactions.pool.pool.gauge.used, 0);
    buffer_free(&commands);
    buffer_free(&wanted);
    return executed;
}

static void run_random(u64 seed, u32 value_max, u64 reply_max, u32 *executed, u32 *not_executed) {
    struct world_setup setup = world_setup_small();
    struct generator generator = {.value_max = value_max};
    setup.options.request_size_max = 4u << 20;
    setup.options.list_length_max = 1000;
    setup.options.reply_size_max = reply_max;
    struct world *plain = world_open(&setup);
    struct world *whole = world_open(&setup);
    prng_init(&generator.prng, seed);
    world_connect(plain);
    world_connect(whole);
    for (u32 n = 0; n < 60; n++) {
        u32 count = 1 + below(&generator, below(&generator, 6) == 0 ? COMMANDS_MAX : 12);
        bool was = run_one(plain, whole, &generator, count);
        *executed += was;
        *not_executed += !was;
        expect_state_equal(plain, whole);
    }
    buffer_free(&generator.request);
    buffer_free(&generator.value);
    world_close(&plain);
    world_close(&whole);
}

static void random_transactions_reply_as_their_commands_do(void **state) {
    (void)state;
    u32 executed = 0, not_executed = 0;
    for (u64 seed = 1; seed <= 40; seed++)
        run_random(seed, 1000, 8u << 20, &executed, &not_executed);
    /* Most have replies of some kilobytes, and must not be refused. */
    print_message("%u executed, %u refused\n", executed, not_executed);
    assert_true(executed > 20 * not_executed);
}

static void random_transactions_of_long_values(void **state) {
    (void)state;
    u32 executed = 0, not_executed = 0;
    for (u64 seed = 100; seed <= 120; seed++)
        run_random(seed, 30000, 1u << 20, &executed, &not_executed);
    print_message("%u executed, %u refused\n", executed, not_executed);
    assert_true(executed > 0 && not_executed > 0);
}

/* -- reply memory -- */

static void send_many(struct world *world, u32 client, const char *request, u32 count) {
    for (u32 i = 0; i < count; i++)
        world_send_text(world, client, request);
}

static void set_long(struct world *world, u32 client, const char *key, u32 len) {
    struct buffer request = {0};
    buffer_printf(&request, "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%u\r\n", strlen(key), key, len);
    buffer_fill(&request, 'v', len);
    buffer_text(&request, "\r\n");
    world_send(world, client, request.data, request.len);
    world_settle(world);
    world_expect(world, client, "+OK\r\n");
    buffer_free(&request);
}

/* 262144 bytes may be replied: 8 values of 30000 fit, 9 do not. */
static void what_cannot_fit_is_refused_before_it_starts(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    set_long(world, client, "long", 30000);
    for (u32 gets = 8; gets <= 9; gets++) {
        world_send_text(world, client, "MULTI\r\nINCR n\r\n");
        send_many(world, client, "GET long\r\n", gets);
        world_send_text(world, client, "EXEC\r\n");
        world_settle(world);
        struct buffer *reply = &world->clients[client].reply;
        if (gets == 8) {
            assert_true(reply->len > 240000);
            assert_memory_equal(reply->data + 5 + 9 * 9, "*9\r\n:1\r\n", 8);
        } else {
            assert_memory_equal(reply->data + 5 + 10 * 9, refused, strlen(refused));
        }
        reply->len = 0;
    }
    world_ask(world, client, "GET n\r\nEXEC\r\n", "$1\r\n1\r\n-ERR EXEC without MULTI\r\n");
    world_close(&world);
}

/* While others hold the reply memory EXEC waits, nothing of it is executed, and a change of what it
 * watches still counts. */
static void exec_waits_for_reply_memory_as_a_whole(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.reply_memory = limits_reply_memory_min(&setup.options);
    struct world *world = world_open(&setup);
    u32 client = world_connect(world), other = world_connect(world), hog = world_connect(world);
    set_long(world, client, "long", 30000);
    world_ask(world, client, "WATCH w\r\nMULTI\r\nINCR n\r\n", "+OK\r\n+OK\r\n+QUEUED\r\n");
    send_many(world, client, "GET long\r\n", 8);
    world_settle(world);
    world->clients[client].reply.len = 0;
    world->clients[hog].deaf = true;
    send_many(world, hog, "GET long\r\n", 8);
    world_settle(world);
    world_send_text(world, client, "EXEC\r\n");
    world_settle(world);
    assert_int_equal(world->clients[client].reply.len, 0);
    assert_int_equal(world->engine.waiting_reply, 1);
    world_ask(world, other, "GET n\r\nSET w 1\r\n", "$-1\r\n+OK\r\n");
    world->clients[hog].deaf = false;
    world_settle(world);
    world_expect(world, client, "*-1\r\n");
    world_ask(world, client, "GET n\r\nMULTI\r\nINCR n\r\nEXEC\r\n",
              "$-1\r\n+OK\r\n+QUEUED\r\n*1\r\n:1\r\n");
    world_close(&world);
}

/* A pipeline of pops of one long list takes time and reply memory in what it pops. */
static void many_pops_of_one_list_pass(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.list_length_max = 100000;
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    for (u32 i = 0; i < 2000; i++)
        world_send_text(world, client, "RPUSH q e1 e2 e3 e4 e5 e6 e7 e8 e9 e0\r\n");
    world_settle(world);
    world->clients[client].reply.len = 0;
    world_send_text(world, client, "MULTI\r\n");
    send_many(world, client, "LPOP q\r\n", 700);
    send_many(world, client, "RPOP q\r\n", 700);
    send_many(world, client, "LPOP q 10\r\n", 200);
    send_many(world, client, "LRANGE q 0 9\r\n", 1);
    world_send_text(world, client, "EXEC\r\n");
    world_settle(world);
    struct buffer *reply = &world->clients[client].reply;
    assert_memory_equal(reply->data + 5 + 1601 * 9, "*1601\r\n$2\r\ne1\r\n", 15);
    reply->len = 0;
    world_ask(world, client, "LLEN q\r\n", ":16600\r\n");
    world_close(&world);
}

/* Learning how long a reply will be is no use of its key, and counts nothing. */
static void what_is_measured_counts_once(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    struct world *world = world_open(&setup);
    u32 client = world_connect(world);
    world_ask(world, client, "SET a 1\r\nMULTI\r\nGET a\r\nGET b\r\nLRANGE a 0 -1\r\nEXEC\r\n",
              "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n$1\r\n1\r\n$-1\r\n"
              "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    const struct stats *stats = &world->engine.stats;
    assert_int_equal(stats->counters.keyspace_hits, 2);
    assert_int_equal(stats->counters.keyspace_misses, 1);
    assert_int_equal(stats->counters.error_replies, 1);
    assert_int_equal(stats->commands[COMMAND_ID_GET].calls, 2);
    assert_int_equal(stats->commands[COMMAND_ID_LRANGE].failed, 1);
    assert_int_equal(stats->commands[COMMAND_ID_EXEC].failed, 0);
    world_close(&world);
}

/* -- arguments -- */

/* A request with nearly as many arguments as the batch has room for, queued and executed among
 * others of the same batch. */
static void a_large_transaction_takes_the_arguments_of_the_batch(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    setup.options.request_args_max = 400;
    setup.options.list_length_max = 10000;
    struct world *world = world_open(&setup);
    u32 first = world_connect(world), second = world_connect(world);
    for (u32 round = 0; round < 50; round++) {
        u32 count = 397 - round % 4;
        world_send_text(world, first, "MULTI\r\n");
        struct buffer push = {0};
        buffer_printf(&push, "*%u\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n", count + 2);
        for (u32 i = 0; i < count; i++)
            buffer_text(&push, "$1\r\nx\r\n");
        world_send(world, first, push.data, push.len);
        world_settle(world);
        world_expect(world, first, "+OK\r\n+QUEUED\r\n");
        /* In one turn, with more arguments in the batch than are left. */
        world_send_text(world, second, "ECHO a\r\nMSET a 1 b 2 c 3 d 4\r\nECHO b\r\n");
        world_send_text(world, first, "EXEC\r\nECHO c\r\n  set q 'inline'\r\nGET q\r\nDEL l\r\n");
        world_send_text(world, second, "ECHO d\r\nMGET a b\r\nECHO e\r\n");
        world_settle(world);
        char wanted[128];
        snprintf(wanted, sizeof(wanted), "*1\r\n:%u\r\n$1\r\nc\r\n+OK\r\n$6\r\ninline\r\n:1\r\n",
                 count);
        world_expect(world, first, wanted);
        world_expect(world, second,
                     "$1\r\na\r\n+OK\r\n$1\r\nb\r\n$1\r\nd\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n"
                     "$1\r\ne\r\n");
        buffer_free(&push);
    }
    assert_int_equal(world->engine.stats.commands[COMMAND_ID_ECHO].calls, 250);
    world_close(&world);
}

/* -- the end of a connection -- */

static void a_connection_that_ends_gives_everything_back(void **state) {
    (void)state;
    struct world_setup setup = world_setup_small();
    struct world *world = world_open(&setup);
    struct transactions *transactions = &world->engine.transactions;
    for (u32 round = 0; round < 3; round++) {
        u32 client = world_connect(world);
        world_ask(world, client, "WATCH a b c\r\nMULTI\r\nSET a 1\r\nSET b 2\r\n",
                  "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n");
        assert_int_equal(transactions->watches.gauge.used, 3);
        assert_int_equal(transactions->pool.pool.gauge.used, 1);
        if (round == 0) world_ask(world, client, "RESET\r\n", "+RESET\r\n");
        if (round == 1) world_ask(world, client, "QUIT\r\n", "+OK\r\n");
        if (round == 2) ring_sim_client_reset(world->ring, world->clients[client].number);
        world_settle(world);
        assert_int_equal(transactions->watches.gauge.used, 0);
        assert_int_equal(transactions->pool.pool.gauge.used, 0);
    }
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_transactions_reply_as_their_commands_do),
        cmocka_unit_test(random_transactions_of_long_values),
        cmocka_unit_test(what_cannot_fit_is_refused_before_it_starts),
        cmocka_unit_test(exec_waits_for_reply_memory_as_a_whole),
        cmocka_unit_test(many_pops_of_one_list_pass),
        cmocka_unit_test(what_is_measured_counts_once),
        cmocka_unit_test(a_large_transaction_takes_the_arguments_of_the_batch),
        cmocka_unit_test(a_connection_that_ends_gives_everything_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
