/* MULTI, EXEC, DISCARD, and the queue between them. */
#include <stdio.h>

#include "kv/assert.h"
#include "kv/call.h"

void transactions_budget(const struct options *options, const struct limits *limits,
                         struct budget *budget) {
    budget_add(budget, "command.transaction_queue", limits->transaction_chunks,
               TRANSACTION_CHUNK_BYTES, "Requests between MULTI and EXEC.");
    budget_add(budget, "command.transaction_request", 1, limits->connection_recv_size,
               "One queued request while it is executed: its arguments in one piece each.");
    reply_bounds_budget(budget);
    watches_budget(options->watched_keys_max, budget);
}

void transactions_init(struct engine *engine, struct arena *arena, const struct limits *limits,
                       u64 seed) {
    struct transactions *transactions = &engine->transactions;
    u64 chunks = limits->transaction_chunks;
    request_pool_init(
        &transactions->pool,
        arena_carve(arena, "command.transaction_queue", chunks, TRANSACTION_CHUNK_BYTES), chunks,
        limits->transaction_chunks_kept);
    transactions->request =
        arena_carve(arena, "command.transaction_request", 1, limits->connection_recv_size);
    reply_bounds_init(&transactions->bounds, arena, &engine->lookup, seed);
    watches_init(&transactions->watches, arena, engine->options.watched_keys_max, seed);
    stats_add_pool(&engine->stats, "transaction_chunks", "transaction-memory",
                   "command.transaction_queue", &transactions->pool.pool.gauge);
    stats_add_pool(&engine->stats, "watched_keys", "watched-keys-max",
                   "command.watches command.watch_buckets", &transactions->watches.gauge);
}

/* -- the queue -- */

bool transaction_takes(const struct call *call) {
    switch (call->command->id) {
    case COMMAND_ID_DISCARD:
    case COMMAND_ID_EXEC:
    case COMMAND_ID_MULTI:
    case COMMAND_ID_QUIT:
    case COMMAND_ID_RESET:
    case COMMAND_ID_WATCH:
        return false;
    default:
        return true;
    }
}

bool transaction_writes(const struct call *call) {
    return call->command->id == COMMAND_ID_EXEC && call->client->transaction.writes;
}

void transaction_queue(struct call *call) {
    struct engine *engine = call->engine;
    struct transaction *transaction = &call->client->transaction;
    u64 max = engine->limits->connection_recv_size;
    enum request_result result = REQUEST_QUEUED;
    if (KV_UNLIKELY(call->too_long_argument > 0)) {
        /* RESTORE would look at it, but it is not here to be queued. */
        call_argument_too_long(call, call->too_long_argument);
        transaction_refuse(call->client);
        return;
    }
    /* What EXEC will not execute need not be kept, and holds nothing back. */
    const bool kept = !transaction->failed && !transaction->watcher.dirty;
    if (kept) {
        result = request_queue_add(&transaction->queue, &engine->transactions.pool,
                                   call->command->id, call->argv, call->argc, max);
    }
    switch (result) {
    case REQUEST_QUEUED:
        transaction->writes |= kept && (call->command->flags & COMMAND_FLAG(WRITE)) != 0;
        reply_status(&call->reply, "QUEUED");
        return;
    case REQUEST_TOO_LONG:
        call_errorf(call, "ERR transaction exceeds request-size-max (%llu)",
                    (unsigned long long)max);
        break;
    case REQUEST_NO_ROOM:
        call_errorf(call, "ERR transaction-memory (%llu) is exhausted by queued requests",
                    (unsigned long long)engine->options.transaction_memory);
        break;
    }
    transaction_refuse(call->client);
    request_queue_clear(&transaction->queue, &engine->transactions.pool);
}

void transaction_refuse(struct client *client) {
    client->transaction.failed = client->transaction.open;
}

void transaction_discard(struct engine *engine, struct client *client) {
    struct transaction *transaction = &client->transaction;
    request_queue_clear(&transaction->queue, &engine->transactions.pool);
    watches_forget(&engine->transactions.watches, &transaction->watcher, 0);
    transaction_init(transaction);
}

void transaction_abort(struct call *call, const char *error) {
    transaction_discard(call->engine, call->client);
    call_errorf(call, "EXECABORT Transaction discarded because of: %s", error);
}

void command_multi(struct call *call) {
    if (call->client->transaction.open) {
        call_error(call, "ERR MULTI calls can not be nested");
        return;
    }
    call->client->transaction.open = true;
    reply_ok(&call->reply);
}

void command_discard(struct call *call) {
    if (!call->client->transaction.open) {
        call_error(call, "ERR DISCARD without MULTI");
        return;
    }
    transaction_discard(call->engine, call->client);
    reply_ok(&call->reply);
}

/* -- EXEC -- */

/* Room for the arguments of any request of the queue, for as long as EXEC runs. It is most often
 * there behind those of the batch; else it is theirs. */
static struct bytes *borrow_arguments(struct call *call) {
    struct transactions *transactions = &call->engine->transactions;
    struct argument_loan *loan = &transactions->loan;
    u32 count = call->client->transaction.queue.argc_max;
    if (count <= loan->max - loan->used) return loan->argv + loan->used;
    kv_assert(count <= loan->max);
    transactions->exec_argv[0] = call->argv[0];
    call->argv = transactions->exec_argv;
    loan->overwritten = true;
    return loan->argv;
}

/* The call of a request that is read back. */
static struct call queued_call(const struct call *exec, const struct request *request,
                               const struct bytes *argv) {
    return (struct call){
        .engine = exec->engine,
        .client = exec->client,
        .command = command_at(request->command),
        .argv = argv,
        .argc = request->argc,
        .in_transaction = true,
        .reply = {.chain = exec->reply.chain, .protocol = exec->client->protocol},
    };
}

/* The bytes of all replies at most, noted with each request too; above `max` when that may be
 * exceeded. */
static u64 bound_replies(struct call *exec, struct bytes *argv, u64 max) {
    struct transactions *transactions = &exec->engine->transactions;
    const struct request_queue *queue = &exec->client->transaction.queue;
    struct request_cursor cursor;
    struct request request;
    struct reply_bound bound;
    u64 total = reply_header_bytes(queue->count);
    reply_bound_begin(&bound, exec, max);
    request_queue_open(queue, &cursor);
    while (total <= max && request_queue_next(&cursor, &request, argv, transactions->request)) {
        struct call call = queued_call(exec, &request, argv);
        u64 bytes = reply_bound_next(&bound, &call);
        request_note(&request, (u32)u64_min(bytes, UINT32_MAX));
        total = reply_bound_sum(total, bytes);
    }
    return total;
}

/* `bytes` are reserved for the replies. */
static void execute_queued(struct call *exec, struct bytes *argv, u64 bytes) {
    struct transactions *transactions = &exec->engine->transactions;
    const struct request_queue *queue = &exec->client->transaction.queue;
    struct request_cursor cursor;
    struct request request;
    reply_array(&exec->reply, queue->count);
    /* What a failed command takes back of its reply stays reserved for those after it. */
    exec->reply.chain->hold = true;
    transactions->replies_left = bytes;
    request_queue_open(queue, &cursor);
    while (request_queue_next(&cursor, &request, argv, transactions->request)) {
        struct call call = queued_call(exec, &request, argv);
        u32 key = command_first_key(call.command, call.argv, call.argc);
        if (key != 0) call.hash = call_hash(&call, key);
        call_execute_queued(&call, request.bound);
    }
    exec->reply.chain->hold = false;
}

/* Whether EXEC is to execute anything; otherwise it has replied. */
static bool may_execute(struct call *call) {
    struct engine *engine = call->engine;
    struct transaction *transaction = &call->client->transaction;
    if (!transaction->open) {
        call_error(call, "ERR EXEC without MULTI");
        return false;
    }
    bool dirty =
        transaction->watcher.dirty ||
        watches_expired(&engine->transactions.watches, &transaction->watcher, engine->store.now_ms);
    bool failed = transaction->failed;
    if (!failed && !dirty) return true;
    transaction_discard(engine, call->client);
    if (failed) {
        call_error(call, "EXECABORT Transaction discarded because of previous errors.");
    } else {
        reply_null_array(&call->reply);
    }
    return false;
}

void command_exec(struct call *call) {
    struct engine *engine = call->engine;
    struct client *client = call->client;
    u64 max = engine->limits->connection_send_size;
    if (!may_execute(call)) return;
    struct bytes *argv = borrow_arguments(call);
    u64 bytes = bound_replies(call, argv, max);
    if (bytes > max) {
        char text[96];
        snprintf(text, sizeof(text), "its replies may exceed reply-size-max (%llu)",
                 (unsigned long long)max);
        engine->stats.counters.replies_too_long++;
        transaction_abort(call, text);
        return;
    }
    /* The transaction stays as it is while its replies wait for memory. */
    if (!chain_reserve(call->reply.chain, bytes)) return;
    watches_forget(&engine->transactions.watches, &client->transaction.watcher, 0);
    execute_queued(call, argv, bytes);
    transaction_discard(engine, client);
}
