/* limits.c: the numbers that follow from the options. All sums saturate: a result that no machine
 * could hold is refused by the budget, not wrapped to a small one. */
#include "kv/limits.h"

#include "kv/assert.h"
#include "kv/chain.h"
#include "kv/number.h"

/* "$0\r\n\r\n", the shortest argument. */
#define ARGUMENT_BYTES_MIN 6u
/* One line of CLIENT LIST: two addresses, three names, the counters. */
#define CLIENT_LINE_BYTES 512u

#define RECEIVE_BUFFERS_MIN 64u
#define RECEIVE_BUFFERS_DEFAULT_MAX 512u
#define RECEIVE_BUFFERS_MAX 32768u

/* An extent may begin and end beside others that are in use; this much is left for them. */
#define RECEIVE_SLACK_UNITS 64u
#define RECEIVE_LARGE_BYTES_MIN (4u << 20)
#define RECEIVE_LARGE_BYTES_MAX (32u << 20)

/* Small replies are kept a first chunk each for so many connections at once. */
#define REPLY_CHUNKS_KEPT_MIN 1024u
#define REPLY_LARGE_BYTES_MIN (8u << 20)
#define REPLY_LARGE_BYTES_MAX (44u << 20)

/* So many transactions can always begin, whatever the large ones hold. */
#define TRANSACTION_CHUNKS_KEPT_MAX 512u
#define TRANSACTION_LARGE_BYTES_MAX (2u << 20)
/* A chunk's link; and what its end may leave unused, as the head of a request lies in one piece. */
#define TRANSACTION_CHUNK_WASTE (8u + 16u)

#define BLOCKED_KEYS_DEFAULT_MIN 1024u

static u64 add(u64 a, u64 b) {
    u64 sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static u64 multiply(u64 a, u64 b) {
    u64 product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* "*<n>\r\n" or "$<n>\r\n" */
static u64 header_bytes(u64 n) {
    return 3 + number_digits_u64(n);
}

/* "$<len>\r\n<bytes>\r\n" */
static u64 bulk_bytes(u64 len) {
    return add(header_bytes(len) + 2, len);
}

/* SET key value NX GET PXAT <13 digits and more>: the longest request with one value. */
static u64 set_bytes(const struct options *options) {
    const u64 fixed = header_bytes(7) + bulk_bytes(strlen("SET")) + bulk_bytes(strlen("NX")) +
                      bulk_bytes(strlen("GET")) + bulk_bytes(strlen("PXAT")) + bulk_bytes(20);
    return add(fixed + bulk_bytes(options->key_size_max), bulk_bytes(options->val_size_max));
}

/* RPUSH key element ..., as many as one list and one request may hold. */
static u64 push_bytes(const struct options *options) {
    const u64 elements =
        u64_min(options->list_length_max, u64_max(options->request_args_max, 3) - 2);
    const u64 fixed = header_bytes(elements + 2) + bulk_bytes(strlen("RPUSH"));
    return add(fixed + bulk_bytes(options->key_size_max),
               multiply(elements, bulk_bytes(options->val_size_max)));
}

/* -- what DUMP answers and RESTORE takes: type, value, version and checksum -- */

/* Around a string: type, length, version and checksum, and what compression adds at worst. */
#define DUMP_STRING_BYTES 20u
/* Around a list: type, number of nodes, version and checksum. */
#define DUMP_LIST_BYTES 20u
/* Around a node: its kind, its lengths, the header and the end of its listpack. */
#define DUMP_NODE_BYTES 18u
/* Nodes hold elements of so many bytes at least, when several fit into one. */
#define DUMP_NODE_FILLED 4096u

/* An element in a listpack, with its length before and after it. */
static u64 packed_bytes(u64 len) {
    if (len <= 63) return len + 2;
    return add(len, len <= 4095 ? 4 : 10);
}

static u64 dump_bytes(const struct options *options) {
    const u64 element = packed_bytes(options->val_size_max);
    const u64 elements = multiply(options->list_length_max, element);
    const u64 nodes =
        element > DUMP_NODE_FILLED ? options->list_length_max : elements / DUMP_NODE_FILLED + 1;
    const u64 list = add(add(elements, multiply(nodes, DUMP_NODE_BYTES)), DUMP_LIST_BYTES);
    return u64_max(list, add(options->val_size_max, DUMP_STRING_BYTES));
}

/* RESTORE key ttl payload REPLACE ABSTTL IDLETIME <20 digits> */
static u64 restore_bytes(const struct options *options) {
    const u64 fixed = header_bytes(8) + bulk_bytes(strlen("RESTORE")) +
                      bulk_bytes(strlen("REPLACE")) + bulk_bytes(strlen("ABSTTL")) +
                      bulk_bytes(strlen("IDLETIME")) + 2 * bulk_bytes(20);
    return add(fixed + bulk_bytes(options->key_size_max), bulk_bytes(dump_bytes(options)));
}

#define DUMP_MEMORY_DEFAULT_MIN (128u << 10)
#define DUMP_MEMORY_DEFAULT_MAX (4u << 20)

u64 limits_dump_memory(const struct options *options) {
    if (options->dump_memory != 0) return options->dump_memory;
    const u64 twice = multiply(2, options->val_size_max);
    return u64_min(u64_max(twice, DUMP_MEMORY_DEFAULT_MIN), DUMP_MEMORY_DEFAULT_MAX);
}

static u64 recv_size(const struct options *options) {
    u64 largest = u64_max(push_bytes(options), set_bytes(options));
    largest = u64_max(largest, restore_bytes(options));
    largest = u64_max(largest, REQUEST_SIZE_FLOOR);
    return u64_min(largest, options->request_size_max);
}

/* LRANGE 0 -1 and DUMP of the longest list, GET and DUMP of the longest value, CLIENT LIST of all
 * clients. */
static u64 send_size(const struct options *options) {
    const u64 range = add(header_bytes(options->list_length_max),
                          multiply(options->list_length_max, bulk_bytes(options->val_size_max)));
    const u64 clients = bulk_bytes(multiply(options->connections_max, CLIENT_LINE_BYTES));
    const u64 dump = bulk_bytes(dump_bytes(options));
    const u64 largest = u64_max(u64_max(u64_max(range, dump), clients), REPLY_SIZE_FLOOR);
    return u64_min(largest, options->reply_size_max);
}

u64 limits_request_size_min(const struct options *options) {
    return u64_max(set_bytes(options), REQUEST_SIZE_FLOOR);
}

u64 limits_reply_size_min(const struct options *options) {
    return u64_max(bulk_bytes(options->val_size_max), REPLY_SIZE_FLOOR);
}

/* -- requests -- */

/* Units that one largest request takes from what is not kept for small ones. */
static u64 request_units(u64 connection_recv_size) {
    return u64_div_up(connection_recv_size, RECEIVE_UNIT_BYTES) + RECEIVE_SLACK_UNITS;
}

static u64 default_buffers(const struct options *options) {
    u64 buffers = RECEIVE_BUFFERS_MIN;
    while (buffers < RECEIVE_BUFFERS_DEFAULT_MAX && buffers * 8 < options->connections_max)
        buffers *= 2;
    return buffers;
}

/* By default four of the largest requests at once, within bounds that suit a small server, but
 * always two, so that one that stalls does not stop the others. */
static u64 default_large_units(const struct limits *limits) {
    const u64 four = multiply(4, limits->connection_recv_size);
    const u64 bytes = u64_min(u64_max(four, RECEIVE_LARGE_BYTES_MIN), RECEIVE_LARGE_BYTES_MAX);
    return u64_max(bytes / RECEIVE_UNIT_BYTES, 2 * request_units(limits->connection_recv_size));
}

u64 limits_receive_memory_min(const struct options *options) {
    const u64 units = options->connections_max + request_units(recv_size(options));
    return RECEIVE_BUFFERS_MIN * (u64)RECEIVE_BUFFER_BYTES + units * RECEIVE_UNIT_BYTES;
}

/* Divides a given receive-memory: a quarter for the buffers as far as the units' minimum allows,
 * all else for the units. */
static void divide_receive_memory(struct limits *limits, const struct options *options) {
    const u64 given = options->receive_memory;
    const u64 units_min = options->connections_max + request_units(limits->connection_recv_size);
    u64 buffers = RECEIVE_BUFFERS_MIN;
    while (buffers < RECEIVE_BUFFERS_MAX) {
        const u64 bytes = buffers * 2 * RECEIVE_BUFFER_BYTES;
        if (bytes > given / 4 || given - bytes < units_min * RECEIVE_UNIT_BYTES) break;
        buffers *= 2;
    }
    const u64 buffer_bytes = buffers * RECEIVE_BUFFER_BYTES;
    limits->receive_buffers = buffers;
    limits->receive_units = given > buffer_bytes ? (given - buffer_bytes) / RECEIVE_UNIT_BYTES : 0;
    limits->receive_units = u64_max(limits->receive_units, units_min);
}

static void compute_receive(struct limits *limits, const struct options *options) {
    limits->receive_units_kept = options->connections_max;
    if (options->receive_memory != 0) {
        divide_receive_memory(limits, options);
        return;
    }
    limits->receive_buffers = default_buffers(options);
    limits->receive_units = options->connections_max + default_large_units(limits);
}

/* -- replies -- */

/* Chunks that one largest reply takes: it may begin in a chunk that is nearly full. */
static u64 reply_chunks(u64 connection_send_size) {
    return u64_div_up(connection_send_size, CHUNK_PAYLOAD) + 1;
}

static u64 reply_chunks_kept_min(const struct options *options) {
    return u64_min(options->connections_max, REPLY_CHUNKS_KEPT_MIN);
}

u64 limits_reply_memory_min(const struct options *options) {
    return multiply(reply_chunks(send_size(options)) + reply_chunks_kept_min(options), CHUNK_BYTES);
}

/* By default two of the largest replies at once, within bounds, but always one and a little. */
static u64 default_large_chunks(const struct limits *limits) {
    const u64 one = reply_chunks(limits->connection_send_size);
    const u64 two = u64_max(2 * one, REPLY_LARGE_BYTES_MIN / CHUNK_BYTES);
    return u64_max(u64_min(two, REPLY_LARGE_BYTES_MAX / CHUNK_BYTES), one + RECEIVE_SLACK_UNITS);
}

static void compute_reply(struct limits *limits, const struct options *options) {
    const u64 one = reply_chunks(limits->connection_send_size);
    const u64 kept_min = reply_chunks_kept_min(options);
    u64 chunks = kept_min + default_large_chunks(limits);
    if (options->reply_memory != 0)
        chunks = u64_max(options->reply_memory / CHUNK_BYTES, kept_min + one);
    /* A quarter is kept where that serves more connections, and a largest reply still fits. */
    const u64 quarter = u64_min(chunks / 4, options->connections_max);
    limits->reply_chunks = chunks;
    limits->reply_chunks_kept = u64_min(u64_max(kept_min, quarter), chunks - one);
}

/* -- transactions -- */

/* Chunks that one transaction of the largest size takes. */
static u64 transaction_chunks(u64 connection_recv_size) {
    return u64_div_up(connection_recv_size, TRANSACTION_CHUNK_BYTES - TRANSACTION_CHUNK_WASTE) + 1;
}

static u64 transaction_chunks_kept(const struct options *options) {
    return u64_min(options->connections_max, TRANSACTION_CHUNKS_KEPT_MAX);
}

u64 limits_transaction_memory_min(const struct options *options) {
    const u64 chunks =
        add(transaction_chunks(recv_size(options)), transaction_chunks_kept(options));
    return multiply(chunks, TRANSACTION_CHUNK_BYTES);
}

/* By default one of the largest, and in a small server a few small ones for each connection. */
static void compute_transactions(struct limits *limits, const struct options *options) {
    const u64 one = transaction_chunks(limits->connection_recv_size);
    const u64 small = u64_min(multiply(4, options->connections_max),
                              TRANSACTION_LARGE_BYTES_MAX / TRANSACTION_CHUNK_BYTES);
    const u64 kept = transaction_chunks_kept(options);
    limits->transaction_chunks_kept = kept;
    limits->transaction_chunks = kept + u64_max(one, small);
    if (options->transaction_memory != 0)
        limits->transaction_chunks =
            u64_max(options->transaction_memory / TRANSACTION_CHUNK_BYTES, kept + one);
}

/* -- blocking commands -- */

u64 limits_blocked_clients(const struct options *options) {
    return options->blocked_clients_max != 0 ? options->blocked_clients_max
                                             : options->connections_max;
}

u64 limits_blocked_keys(const struct options *options) {
    if (options->blocked_keys_max != 0) return options->blocked_keys_max;
    return u64_max(2 * limits_blocked_clients(options), BLOCKED_KEYS_DEFAULT_MIN);
}

void limits_compute(struct limits *limits, const struct options *options) {
    *limits = (struct limits){0};
    limits->connection_recv_size = recv_size(options);
    limits->connection_send_size = send_size(options);
    limits->payload_max = u64_min(dump_bytes(options), limits->connection_recv_size);
    const u64 fitting = limits->connection_recv_size / ARGUMENT_BYTES_MIN;
    limits->request_args_max = u64_min(options->request_args_max, fitting);
    compute_receive(limits, options);
    compute_reply(limits, options);
    compute_transactions(limits, options);
    kv_assert(limits->receive_units_kept < limits->receive_units);
    kv_assert(limits->reply_chunks_kept < limits->reply_chunks);
}
