/* write.h: RESP2 and RESP3 replies into a chain. A reply is written without branches for errors:
 * the chain's overflow is sticky and tested once, by the dispatcher.
 *
 * Commands never branch on the protocol: types that RESP2 lacks are written in its own way here.
 */
#ifndef KV_WRITE_H
#define KV_WRITE_H

#include "kv/chain.h"

/* Bytes of a text that reply_errorf writes; what is longer is cut there. */
#define REPLY_ERROR_MAX 500

struct reply {
    struct chain *chain;
    u8 protocol; /* 2 or 3 */
};

/* "+OK\r\n" */
void reply_ok(struct reply *reply);
/* "+text\r\n"; text has no line breaks. */
void reply_status(struct reply *reply, const char *text);
/* "-text\r\n" with line breaks made spaces; `text` begins with its code, such as "ERR ", and may
 * be of any length. */
void reply_error(struct reply *reply, const char *text);
/* The same, formatted as printf does, of at most REPLY_ERROR_MAX bytes. */
void reply_errorf(struct reply *reply, const char *format, ...) KV_PRINTF(2, 3);
void reply_integer(struct reply *reply, i64 value);
/* Null: $-1 in RESP2, _ in RESP3. */
void reply_null(struct reply *reply);
/* Null array: *-1 in RESP2, _ in RESP3. */
void reply_null_array(struct reply *reply);
void reply_bulk(struct reply *reply, struct bytes text);
void reply_bulk_string(struct reply *reply, const char *text);
void reply_bulk_i64(struct reply *reply, i64 value);
/* A bulk string in pieces: header with the total length, then exactly that many bytes through
 * reply_bulk_data, then reply_bulk_end. */
void reply_bulk_begin(struct reply *reply, u64 len);
void reply_bulk_data(struct reply *reply, const void *data, size_t len);
void reply_bulk_end(struct reply *reply);
void reply_array(struct reply *reply, u64 count);
/* `pairs` fields: %pairs in RESP3, an array of 2 x pairs in RESP2. */
void reply_map(struct reply *reply, u64 pairs);
/* ~count in RESP3, an array in RESP2. */
void reply_set(struct reply *reply, u64 count);
/* >count in RESP3, an array in RESP2. */
void reply_push(struct reply *reply, u64 count);
/* RESP3 double, RESP2 bulk string with up to 17 significant digits (Redis 7.0's text: 0.1 is
 * 0.10000000000000001); inf, -inf and nan as these words. */
void reply_double(struct reply *reply, double value);
/* #t or #f in RESP3, :1 or :0 in RESP2. */
void reply_bool(struct reply *reply, bool value);
/* RESP3 verbatim string of the 3-letter format, such as "txt"; RESP2 bulk. */
void reply_verbatim(struct reply *reply, const char *format, struct bytes text);
/* The same in pieces: then reply_bulk_data for `len` bytes in all, and reply_bulk_end. */
void reply_verbatim_begin(struct reply *reply, const char *format, u64 len);

/* Bytes that reply_bulk writes for a text of `len`, and that reply_array writes for its header:
 * what reply bounds are computed from. */
u64 reply_bulk_bytes(u64 len);
u64 reply_header_bytes(u64 count);

#endif
