/* Requests: parsed from what sessions received into a batch, their keys prefetched in stages, then
 * executed in order.
 *
 * A session takes part in a round with one view, so that a request that has to wait is taken back
 * by setting one position.
 */
#include "kv/assert.h"
#include "kv/clock.h"

#include "session_internal.h"

void batch_budget(const struct limits *limits, struct budget *budget) {
    budget_add(budget, "server.batch_requests", BATCH_REQUESTS, sizeof(struct batch_entry),
               "Requests executed between two prefetches.");
    budget_add(budget, "server.batch_arguments", limits->request_args_max, sizeof(struct bytes),
               "Their arguments; at least those of one request with as many as are allowed.");
    budget_add(budget, "server.batch_lines", 1, BATCH_LINES_BYTES,
               "Inline requests while they are executed.");
}

void batch_init(struct batch *batch, struct arena *arena, const struct limits *limits) {
    *batch = (struct batch){.argv_max = (u32)limits->request_args_max};
    batch->entries =
        arena_carve(arena, "server.batch_requests", BATCH_REQUESTS, sizeof(struct batch_entry));
    batch->argv = arena_carve(arena, "server.batch_arguments", limits->request_args_max,
                              sizeof(struct bytes));
    batch->lines = arena_carve(arena, "server.batch_lines", 1, BATCH_LINES_BYTES);
}

static void batch_clear(struct batch *batch) {
    batch->count = 0;
    batch->argv_used = 0;
    batch->lines_used = 0;
}

/* -- parse -- */

/* The longest argument of all commands but RESTORE. A key or a word may be longer than the longest
 * value: it is checked where it is used. */
static u64 argument_max(const struct options *options) {
    return u64_max(u64_max(options->val_size_max, options->key_size_max), RECEIVE_UNIT_BYTES);
}

static struct parse_limits parse_limits_of(const struct sessions *sessions,
                                           const struct session *session) {
    const struct options *options = &sessions->engine->options;
    /* What is longer than any argument of any command may be; the rest is checked where it is
     * known which command it is for. */
    u64 arg_max = u64_max(argument_max(options), sessions->limits->payload_max);
    return (struct parse_limits){
        .bulk_max = options->proto_max_bulk_len,
        .arg_max = arg_max,
        .request_max = sessions->limits->connection_recv_size,
        .args_max = (u32)sessions->limits->request_args_max,
        .inline_max = INLINE_MAX,
        .authenticated = session->client->authenticated,
    };
}

enum copied { COPIED_NO, COPIED_YES, COPIED_NO_ROOM };

/* A complete inline request is parsed in a copy. */
static enum copied copy_line(struct batch *batch, const struct session *session, u8 **data,
                             u64 *len) {
    if ((*data)[0] == '*' || session->scan.skipping) return COPIED_NO;
    const u8 *end = memchr(*data, '\n', *len);
    if (end == NULL || (u64)(end - *data) > INLINE_MAX) return COPIED_NO;
    u64 line_len = (u64)(end - *data) + 1;
    if (line_len > BATCH_LINES_BYTES - batch->lines_used) return COPIED_NO_ROOM;
    u8 *copy = batch->lines + batch->lines_used;
    memcpy(copy, *data, line_len);
    batch->lines_used += (u32)line_len;
    *data = copy;
    *len = line_len;
    return COPIED_YES;
}

/* The longest argument, when it is too long for any command but RESTORE; else 0. */
static u64 too_long_argument(const struct call *call) {
    u64 longest = 0;
    for (u32 i = 0; i < call->argc; i++)
        longest = u64_max(longest, call->argv[i].len);
    return longest > argument_max(&call->engine->options) ? longest : 0;
}

static void add_request(struct sessions *sessions, struct session *session, u64 begin, u32 argc,
                        u64 bytes) {
    struct batch *batch = &sessions->batch;
    struct batch_entry *entry = &batch->entries[batch->count++];
    entry->session = session;
    entry->begin = begin;
    entry->candidate = 0;
    entry->call = (struct call){
        .engine = sessions->engine,
        .client = session->client,
        .argv = batch->argv + batch->argv_used,
        .argc = argc,
        .reply = {.chain = &session->output, .protocol = session->client->protocol},
    };
    batch->argv_used += argc;
    if (KV_UNLIKELY(bytes > sessions->engine->options.val_size_max))
        entry->call.too_long_argument = too_long_argument(&entry->call);
}

static void owe(struct session *session, enum session_owed what, const struct parse_output *out) {
    session->owed = (u8)what;
    session->owed_parse = *out;
    /* The text may lie in the output itself. */
    if (out->error == out->error_text) session->owed_parse.error = session->owed_parse.error_text;
}

/* Parses one request of the round's view. False: the session is through with this round. */
static bool parse_one(struct sessions *sessions, struct session *session,
                      const struct parse_limits *limits) {
    struct batch *batch = &sessions->batch;
    u64 len;
    u64 begin;
    u8 *data = input_view(sessions, session, &len, &begin);
    if (len == 0) return false;
    enum copied copied = copy_line(batch, session, &data, &len);
    if (copied == COPIED_NO_ROOM) return false;
    if (copied == COPIED_YES) session->scan = (struct request_scan){0};
    struct parse_output out;
    enum parse_result result =
        request_parse(&session->scan, data, len, limits, batch->argv + batch->argv_used,
                      batch->argv_max - batch->argv_used, &out);
    switch (result) {
    case PARSE_REQUEST:
        if (out.argc > 0) add_request(sessions, session, begin, out.argc, out.consumed);
        if (out.consumed < RECEIVE_UNIT_BYTES) session->bulky = false;
        input_advance(sessions, session, out.consumed);
        if (out.argc > 0) batch->entries[batch->count - 1].end = input_position(sessions, session);
        /* What a stranger sends next may only be read when it is known whether he still is one. */
        return limits->authenticated || out.argc == 0;
    case PARSE_INCOMPLETE:
        if (!session->scan.skipping && out.needed == 0) return false; /* the batch is full */
        input_advance(sessions, session, out.consumed);
        session->incomplete = true;
        session->needed = out.needed;
        session->needed_exact = out.exact;
        return false;
    case PARSE_TOO_LONG:
        input_advance(sessions, session, out.consumed);
        owe(session, OWED_TOO_LONG, &out);
        return false;
    case PARSE_ERROR:
        owe(session, OWED_BROKEN, &out);
        return false;
    }
    return false;
}

static void parse_session(struct sessions *sessions, struct session *session) {
    session->blocked = false;
    if (!session_can_execute(sessions, session) || session->owed != OWED_NOTHING) return;
    if (!input_has_view(session)) return;
    session->incomplete = false;
    input_begin_round(session);
    struct parse_limits limits = parse_limits_of(sessions, session);
    while (sessions->batch.count < BATCH_REQUESTS && parse_one(sessions, session, &limits)) {
        /* until the view or the batch is exhausted */
    }
}

/* -- prefetch -- */

static void resolve(struct batch_entry *entry) {
    struct call *call = &entry->call;
    call_resolve(call);
    const struct command *command = call->command;
    u32 key = command == NULL ? 0 : command_first_key(command, call->argv, call->argc);
    entry->has_key = key != 0;
    if (!entry->has_key) return;
    call->hash = call_hash(call, key);
    store_prefetch_bucket(&call->engine->store, call->hash);
}

/* Three passes, each over the whole batch, so that the misses of one pass overlap. */
static void prefetch(struct sessions *sessions) {
    struct batch *batch = &sessions->batch;
    const struct store *store = &sessions->engine->store;
    for (u32 i = 0; i < batch->count; i++)
        resolve(&batch->entries[i]);
    if (batch->count == 1) return;
    for (u32 i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        if (entry->has_key) entry->candidate = store_prefetch_slot(store, entry->call.hash);
    }
    for (u32 i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        if (entry->candidate != 0) store_prefetch_item(store, entry->candidate);
    }
}

/* -- execute -- */

/* The request cannot be executed now: neither can those behind it. */
static void block(struct sessions *sessions, struct session *session, u64 begin) {
    session->blocked = true;
    input_rewind(sessions, session, begin);
}

/* The request was not executed, or not answered yet. */
static void set_aside(struct sessions *sessions, struct batch_entry *entry,
                      enum call_status status) {
    if (status == CALL_BLOCK) {
        waits_block(sessions, entry);
    } else if (status == CALL_HOLD) {
        waits_hold(sessions, entry);
    } else {
        block(sessions, entry->session, entry->begin);
        output_wait(sessions, entry->session);
    }
}

static void execute(struct sessions *sessions, struct batch_entry *entry) {
    struct session *session = entry->session;
    if (session->blocked || session->state != SESSION_OPEN) return;
    if (!session_can_execute(sessions, session)) {
        block(sessions, session, entry->begin);
        return;
    }
    /* HELLO earlier in the batch may have changed it. */
    entry->call.reply.protocol = session->client->protocol;
    const enum call_status status = call_execute(&entry->call);
    if (KV_UNLIKELY(status != CALL_DONE)) {
        set_aside(sessions, entry, status);
        return;
    }
    output_mark_dirty(sessions, session);
    /* Before anybody else's command: who waited for what this one changed. */
    if (KV_UNLIKELY(sessions->engine->blocked.work)) waits_serve(sessions);
    /* Whoever has been given what was free gets no more of it before those who wait behind him. */
    if (KV_UNLIKELY(session == sessions->serving)) output_set_kept(sessions);
}

/* EXEC has put its arguments over those of the requests behind it: they are parsed again in the
 * next round. */
static void cut_behind(struct sessions *sessions, u32 index) {
    struct batch *batch = &sessions->batch;
    for (u32 i = index + 1; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        if (entry->session->blocked || entry->session->state != SESSION_OPEN) continue;
        block(sessions, entry->session, entry->begin);
    }
}

static void execute_all(struct sessions *sessions) {
    struct batch *batch = &sessions->batch;
    struct argument_loan *loan = &sessions->engine->transactions.loan;
    *loan = (struct argument_loan){
        .argv = batch->argv, .used = batch->argv_used, .max = batch->argv_max};
    for (u32 i = 0; i < batch->count && !loan->overwritten; i++) {
        execute(sessions, &batch->entries[i]);
        if (KV_UNLIKELY(loan->overwritten)) cut_behind(sessions, i);
    }
}

/* -- what could not be parsed -- */

static void reply_too_long(struct call *call, const struct parse_output *parsed) {
    const struct engine *engine = call->engine;
    if (parsed->too_long_arg > 0) {
        call_argument_too_long(call, parsed->too_long_arg);
    } else {
        call->engine->stats.counters.requests_too_long++;
        call_errorf(call, "ERR request of %llu bytes exceeds request-size-max (%llu)",
                    (unsigned long long)parsed->too_long_request,
                    (unsigned long long)engine->limits->connection_recv_size);
    }
}

static void reply_owed(struct call *call, const struct session *session) {
    switch (session->owed) {
    case OWED_TOO_LONG:
        reply_too_long(call, &session->owed_parse);
        break;
    case OWED_TIMED_OUT:
        call_end_block(call, BLOCKED_TIMED_OUT);
        return; /* it counts itself */
    case OWED_UNBLOCKED:
        call_end_block(call, BLOCKED_UNBLOCKED);
        return;
    case OWED_NO_MEMORY:
        call_errorf(call,
                    "ERR receive-memory (%llu) has no room for what was sent behind a blocking "
                    "command",
                    (unsigned long long)call->engine->options.receive_memory);
        break;
    default:
        call_errorf(call, "ERR %s", session->owed_parse.error);
        call->engine->stats.counters.protocol_errors++;
        call->client->close_after_reply = true;
    }
    call_count_error(call);
}

static void deliver_owed(struct sessions *sessions, struct session *session) {
    if (session->owed == OWED_NOTHING || !session_can_execute(sessions, session)) return;
    struct call call = {
        .engine = sessions->engine,
        .client = session->client,
        .command = session->client->last_command,
        .reply = {.chain = &session->output, .protocol = session->client->protocol},
    };
    struct chain_mark mark = chain_begin(&session->output);
    if (!chain_reserve(&session->output, CALL_REPLY_SMALL)) {
        chain_rollback(&session->output, mark);
        output_wait(sessions, session);
        return;
    }
    reply_owed(&call, session);
    session->owed = OWED_NOTHING;
    call_end_reply(&call, mark);
    transaction_refuse(session->client);
    output_mark_dirty(sessions, session);
}

/* -- rounds -- */

static void settle(struct sessions *sessions, struct session *session) {
    list_remove(&session->ready);
    session->in_round = false;
    if (session->state != SESSION_OPEN) return;
    waits_settle(sessions, session);
    if (!session->blocked) deliver_owed(sessions, session);
    bool more = input_settle(sessions, session);
    /* A wait may have ended in the round in which it began. */
    more |= session->owed != OWED_NOTHING;
    if (more && session_can_execute(sessions, session)) {
        session_mark_ready(sessions, session);
    } else {
        session_close_when_done(sessions, session);
    }
}

static void join_round(struct sessions *sessions, struct session *session) {
    list_remove(&session->ready);
    list_push_back(&sessions->round, &session->ready);
    session->in_round = true;
    parse_session(sessions, session);
}

static void finish_round(struct sessions *sessions) {
    struct batch *batch = &sessions->batch;
    if (batch->count > 0) {
        sessions->engine->stats.counters.batches++;
        batch_histogram_add(&sessions->engine->stats.batches, batch->count);
    }
    prefetch(sessions);
    sessions->engine->cycles = clock_cycles();
    execute_all(sessions);
    while (!list_is_empty(&sessions->round)) {
        settle(sessions, kv_container_of(sessions->round.next, struct session, ready));
    }
    batch_clear(batch);
}

void batch_run(struct sessions *sessions) {
    while (!list_is_empty(&sessions->ready)) {
        while (!list_is_empty(&sessions->ready) && sessions->batch.count < BATCH_REQUESTS) {
            join_round(sessions, kv_container_of(sessions->ready.next, struct session, ready));
        }
        finish_round(sessions);
    }
}

void batch_run_session(struct sessions *sessions, struct session *session) {
    session_mark_ready(sessions, session);
    while (list_is_linked(&session->ready) && session->state == SESSION_OPEN) {
        join_round(sessions, session);
        finish_round(sessions);
    }
}
