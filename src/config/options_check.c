/* options_check.c: what single values cannot say. */
#include <inttypes.h>
#include <stdarg.h>

#include "kv/limits.h"
#include "kv/options.h"

#include "options_internal.h"

static bool fail(struct options_error *error, const char *format, ...) KV_PRINTF(2, 3);

static bool fail(struct options_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return false;
}

static bool check_capacity(const struct options *options, struct options_error *error) {
    if (options->capacity == CAPACITY_GUARANTEED) {
        const bool memory_given = options_is_given(options, "memory") && options->memory != 0;
        if (!memory_given && options->store_memory == 0) return true;
        return fail(error,
                    "%s: cannot be given with capacity guaranteed, which sizes the store by "
                    "key-count, key-size-max, val-size-max and list-length-max",
                    memory_given ? "memory" : "store-memory");
    }
    if (options->memory == 0 && options->store_memory == 0)
        return fail(error, "memory and store-memory: both are 0; with capacity shared, one of them "
                           "says how large the store is");
    if (options_is_given(options, "memory") && options->memory != 0 &&
        options->store_memory > options->memory)
        return fail(error,
                    "store-memory: '%" PRIu64 "' is not allowed: memory is %" PRIu64
                    " for the whole process",
                    options->store_memory, options->memory);
    return true;
}

/* A request that sets one value, and the reply that gives it back, must fit. */
static bool check_sizes(const struct options *options, struct options_error *error) {
    const u64 request_min = limits_request_size_min(options);
    if (options->request_size_max < request_min)
        return fail(error,
                    "request-size-max: '%" PRIu64 "' is not allowed: one value takes %" PRIu64
                    " bytes with key-size-max %" PRIu64 " and val-size-max %" PRIu64,
                    options->request_size_max, request_min, options->key_size_max,
                    options->val_size_max);
    const u64 reply_min = limits_reply_size_min(options);
    if (options->reply_size_max < reply_min)
        return fail(error,
                    "reply-size-max: '%" PRIu64 "' is not allowed: one value takes %" PRIu64
                    " bytes with val-size-max %" PRIu64,
                    options->reply_size_max, reply_min, options->val_size_max);
    return true;
}

bool options_check_runtime(const struct options *options, struct options_error *error) {
    error->text[0] = '\0';
    if (options->proto_max_bulk_len < options->val_size_max)
        return fail(error,
                    "proto-max-bulk-len: '%" PRIu64 "' is not allowed: val-size-max is %" PRIu64,
                    options->proto_max_bulk_len, options->val_size_max);
    return true;
}

static bool check_shares(const struct options *options, struct options_error *error) {
    const u64 receive_min = limits_receive_memory_min(options);
    if (options->receive_memory != 0 && options->receive_memory < receive_min)
        return fail(error,
                    "receive-memory: '%" PRIu64 "' is not allowed: at least %" PRIu64
                    " with connections-max %" PRIu64 " and the largest request, 0 for the default",
                    options->receive_memory, receive_min, options->connections_max);
    const u64 reply_min = limits_reply_memory_min(options);
    if (options->reply_memory != 0 && options->reply_memory < reply_min)
        return fail(error,
                    "reply-memory: '%" PRIu64 "' is not allowed: at least %" PRIu64
                    " with connections-max %" PRIu64 " and the largest reply, 0 for the default",
                    options->reply_memory, reply_min, options->connections_max);
    const u64 transaction_min = limits_transaction_memory_min(options);
    if (options->transaction_memory != 0 && options->transaction_memory < transaction_min)
        return fail(error,
                    "transaction-memory: '%" PRIu64 "' is not allowed: at least %" PRIu64
                    " with connections-max %" PRIu64 " and the largest request, 0 for the default",
                    options->transaction_memory, transaction_min, options->connections_max);
    return true;
}

static bool check_dump_memory(const struct options *options, struct options_error *error) {
    if (options->dump_memory == 0 || options->dump_memory >= DUMP_MEMORY_MIN) return true;
    return fail(error, "dump-memory: '%" PRIu64 "' is not allowed: at least %u, 0 for the default",
                options->dump_memory, DUMP_MEMORY_MIN);
}

static bool check_unixsocket(const struct options *options, struct options_error *error) {
    const char *mode = options->unixsocketperm;
    const size_t len = strlen(mode);
    if (strspn(mode, "01234567") == len && (len <= 3 || (len == 4 && mode[0] == '0'))) return true;
    struct text text;
    text_init(&text, error->text, sizeof(error->text));
    text_printf(&text, "unixsocketperm: '");
    options_append_shown(&text, bytes_of_string(mode));
    text_printf(&text, "' is not allowed: octal digits, 0 to 777");
    return false;
}

bool options_check(const struct options *options, struct options_error *error) {
    error->text[0] = '\0';
    return check_capacity(options, error) && check_sizes(options, error) &&
           check_shares(options, error) && check_unixsocket(options, error) &&
           check_dump_memory(options, error) && options_check_runtime(options, error);
}
