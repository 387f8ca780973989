/* CLIENT LIST, INFO and KILL: the table of clients shown and filtered. */
#include "kv/call.h"
#include "kv/number.h"
#include "kv/text.h"

#define CLIENT_LINE_MAX 1024
#define CLIENT_FLAGS_MAX 32
#define MICROSECONDS 1000000u

/* In Redis's order of letters; N when there is none. */
static void describe_flags(const struct client *client, char out[CLIENT_FLAGS_MAX]) {
    struct text text;
    text_init(&text, out, CLIENT_FLAGS_MAX);
    if (client_is_monitor(client)) text_printf(&text, "O");
    if (client->transaction.open) text_printf(&text, "x");
    if (client->blocked != NULL || client->paused) text_printf(&text, "b");
    if (client->transaction.watcher.dirty) text_printf(&text, "d");
    if (client->close_after_reply) text_printf(&text, "c");
    if (client->is_unix) text_printf(&text, "U");
    if (client->no_evict) text_printf(&text, "e");
    if (client->no_touch) text_printf(&text, "T");
    if (text.len == 0) text_printf(&text, "N");
}

static void describe(const struct call *call, const struct client *client, struct text *line,
                     char buffer[CLIENT_LINE_MAX]) {
    u64 now_us = call->engine->now_us;
    const char *command = client->last_command == NULL ? "NULL" : client->last_command->full_name;
    const struct transaction *transaction = &client->transaction;
    u64 queued = (u64)transaction->queue.chunks * TRANSACTION_CHUNK_BYTES;
    char flags[CLIENT_FLAGS_MAX];
    describe_flags(client, flags);
    text_init(line, buffer, CLIENT_LINE_MAX);
    text_printf(
        line, "id=%llu addr=%s laddr=%s fd=%u name=%s age=%llu idle=%llu flags=%s db=%u ",
        (unsigned long long)client->id, client->address, client->local_address, client->slot,
        client->name, (unsigned long long)((now_us - client->created_us) / MICROSECONDS),
        (unsigned long long)((now_us - client->active_us) / MICROSECONDS), flags, client->database);
    text_printf(line,
                "sub=0 psub=0 ssub=0 multi=%lld qbuf=%llu qbuf-free=%llu argv-mem=0 multi-mem=%llu "
                "rbs=%u rbp=0 obl=0 oll=%llu omem=%llu tot-mem=%llu events=r cmd=%s user=default "
                "redir=-1 resp=%u lib-name=%s lib-ver=%s\n",
                transaction->open ? (long long)transaction->queue.count : -1LL,
                (unsigned long long)client->query_bytes,
                (unsigned long long)(client->query_capacity -
                                     u64_min(client->query_bytes, client->query_capacity)),
                (unsigned long long)queued, CHUNK_BYTES, (unsigned long long)client->output_chunks,
                (unsigned long long)(client->output_chunks * CHUNK_BYTES),
                (unsigned long long)(sizeof(*client) + client->query_capacity + queued +
                                     client->output_chunks * CHUNK_BYTES),
                command, client->protocol, client->lib_name, client->lib_version);
}

/* Which clients a LIST or KILL is about. */
struct filter {
    bool by_id;
    u64 id;
    bool by_type;
    bool normal; /* the type asked for is one that clients here have */
    struct bytes address;
    struct bytes local_address;
    bool skip_me;
    u32 id_first; /* LIST ID: arguments id_first..argc-1 are numbers; 0: none */
};

static bool filter_matches(const struct call *call, const struct filter *filter,
                           const struct client *client) {
    /* It is gone already, and only closed when the turn ends. */
    if (client->kill) return false;
    if (filter->by_id && client->id != filter->id) return false;
    if (filter->by_type && !filter->normal) return false;
    if (filter->address.data != NULL &&
        !bytes_equal(filter->address, bytes_of_string(client->address))) {
        return false;
    }
    if (filter->local_address.data != NULL &&
        !bytes_equal(filter->local_address, bytes_of_string(client->local_address))) {
        return false;
    }
    if (filter->skip_me && client == call->client) return false;
    return true;
}

static bool parse_type(struct call *call, u32 i, struct filter *filter) {
    filter->by_type = true;
    filter->normal = call_is_word(call, i, "normal");
    if (filter->normal || call_is_word(call, i, "master") || call_is_word(call, i, "slave") ||
        call_is_word(call, i, "replica") || call_is_word(call, i, "pubsub")) {
        return true;
    }
    call_errorf(call, "ERR Unknown client type '%.*s'", (int)u64_min(call->argv[i].len, 128),
                (const char *)call->argv[i].data);
    return false;
}

static bool parse_list(struct call *call, struct filter *filter) {
    *filter = (struct filter){0};
    if (call->argc == 2) return true;
    if (call->argc == 4 && call_is_word(call, 2, "TYPE")) return parse_type(call, 3, filter);
    if (call->argc >= 4 && call_is_word(call, 2, "ID")) {
        for (u32 i = 3; i < call->argc; i++) {
            i64 id;
            if (!number_parse_i64(call->argv[i], &id)) {
                call_error(call, "ERR Invalid client ID");
                return false;
            }
        }
        filter->id_first = 3;
        return true;
    }
    call_syntax_error(call);
    return false;
}

static const struct client *client_of(const struct list_node *node) {
    return kv_container_of(node, struct client, node);
}

/* Whether a client is in a listing: all that the filter lets through, or those whose numbers were
 * given. */
static bool is_listed(const struct call *call, const struct filter *filter,
                      const struct client *client) {
    if (!filter_matches(call, filter, client)) return false;
    if (filter->id_first == 0) return true;
    for (u32 i = filter->id_first; i < call->argc; i++) {
        i64 id;
        if (number_parse_i64(call->argv[i], &id) && (u64)id == client->id) return true;
    }
    return false;
}

/* The lines are made twice: a bulk string's length stands before it, and there is no buffer that
 * could hold the lines of all clients. */
void command_client_list(struct call *call) {
    const struct list_node *order = &call->engine->clients.order;
    struct filter filter;
    if (!parse_list(call, &filter)) return;
    char buffer[CLIENT_LINE_MAX];
    struct text line;
    u64 total = 0;
    for (const struct list_node *node = order->next; node != order; node = node->next) {
        if (!is_listed(call, &filter, client_of(node))) continue;
        describe(call, client_of(node), &line, buffer);
        total += line.len;
    }
    reply_verbatim_begin(&call->reply, "txt", total);
    for (const struct list_node *node = order->next; node != order; node = node->next) {
        if (!is_listed(call, &filter, client_of(node))) continue;
        describe(call, client_of(node), &line, buffer);
        reply_bulk_data(&call->reply, line.data, line.len);
    }
    reply_bulk_end(&call->reply);
}

void command_client_info(struct call *call) {
    char buffer[CLIENT_LINE_MAX];
    struct text line;
    describe(call, call->client, &line, buffer);
    reply_verbatim(&call->reply, "txt", bytes_of(line.data, line.len));
}

/* Filters of the newer form: pairs. Returns false after replying. */
static bool parse_kill(struct call *call, struct filter *filter) {
    *filter = (struct filter){.skip_me = true};
    for (u32 i = 2; i < call->argc; i += 2) {
        if (i + 1 >= call->argc) {
            call_syntax_error(call);
            return false;
        }
        struct bytes value = call->argv[i + 1];
        if (call_is_word(call, i, "ID")) {
            i64 id;
            if (!number_parse_i64(value, &id) || id <= 0) {
                call_error(call, "ERR client-id should be greater than 0");
                return false;
            }
            filter->by_id = true;
            filter->id = (u64)id;
        } else if (call_is_word(call, i, "TYPE")) {
            if (!parse_type(call, i + 1, filter)) return false;
        } else if (call_is_word(call, i, "ADDR")) {
            filter->address = value;
        } else if (call_is_word(call, i, "LADDR")) {
            filter->local_address = value;
        } else if (call_is_word(call, i, "USER")) {
            if (!bytes_equal(value, bytes_of_string("default"))) {
                call_errorf(call, "ERR No such user '%.*s'", (int)u64_min(value.len, 128),
                            (const char *)value.data);
                return false;
            }
        } else if (call_is_word(call, i, "SKIPME") && bytes_is_word(value, "yes")) {
            filter->skip_me = true;
        } else if (call_is_word(call, i, "SKIPME") && bytes_is_word(value, "no")) {
            filter->skip_me = false;
        } else {
            call_syntax_error(call);
            return false;
        }
    }
    return true;
}

static u64 kill_matching(struct call *call, const struct filter *filter) {
    struct list_node *order = &call->engine->clients.order;
    u64 killed = 0;
    for (struct list_node *node = order->next; node != order; node = node->next) {
        struct client *client = kv_container_of(node, struct client, node);
        if (!filter_matches(call, filter, client)) continue;
        /* The caller still gets its answer. */
        if (client == call->client) {
            client->close_after_reply = true;
        } else {
            client->kill = true;
            call->engine->clients_killed = true;
            /* It is closed when this turn ends, and until then nothing may be given to it. */
            if (client->blocked != NULL) blocked_withdraw(&call->engine->blocked, client->blocked);
        }
        killed++;
    }
    return killed;
}

void command_client_kill(struct call *call) {
    struct filter filter;
    if (call->argc == 3) {
        filter = (struct filter){.address = call->argv[2]};
        if (kill_matching(call, &filter) == 0) {
            call_error(call, "ERR No such client");
        } else {
            reply_ok(&call->reply);
        }
        return;
    }
    if (!parse_kill(call, &filter)) return;
    reply_integer(&call->reply, (i64)kill_matching(call, &filter));
}
