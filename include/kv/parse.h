/* parse.h: RESP requests and inline commands out of contiguous bytes.
 *
 * Two passes over one grammar. request_parse takes a request that lies complete in one buffer and
 * gives its arguments as slices into it. When the request is not complete it says how many bytes
 * are needed at least, and keeps its place in `struct request_scan`, so that a request that comes
 * in many pieces is scanned once, not once per piece. Knows nothing of connections or commands.
 *
 * Grammar and error texts: Redis 7.0's protocol specification and what redis-server 7.0 answers.
 */
#ifndef KV_PARSE_H
#define KV_PARSE_H

#include "kv/bytes.h"

struct parse_limits {
    u64 bulk_max;       /* proto-max-bulk-len: longer is a protocol error */
    u64 arg_max;        /* longer arguments are skipped as they arrive, and reported */
    u64 request_max;    /* longer requests are skipped as they arrive, and reported */
    u32 args_max;       /* more is a protocol error */
    u32 inline_max;     /* longer inline requests are a protocol error */
    bool authenticated; /* else Redis's limits for strangers: 10 arguments, 16384 bytes each */
};

enum parse_result {
    PARSE_INCOMPLETE, /* more bytes are needed */
    PARSE_REQUEST,    /* argc/argv hold a request of `consumed` bytes; argc 0: an empty line */
    PARSE_TOO_LONG, /* a whole request was skipped: see too_long; `consumed` bytes are done with */
    PARSE_ERROR     /* broken frame: `error` is Redis's text; reply and close */
};

/* Where a request that is not complete stands. All zero: at its first byte. */
struct request_scan {
    u64 offset;      /* bytes of the request that were scanned */
    u64 args_left;   /* arguments still to come */
    u64 bulk_left;   /* bytes of the current argument still to come, with its CRLF */
    u64 skipped;     /* bytes of this request that were dropped already */
    u64 arg_longest; /* longest argument announced so far */
    u32 argc;        /* arguments announced by the header */
    u8 state;        /* private to parse.c */
    bool skipping;   /* too long: bytes need not be kept */
};

struct parse_output {
    u64 consumed; /* bytes at the front of the input that are done with. Also set when
                     PARSE_INCOMPLETE while skipping: these bytes may be dropped */
    u64 needed;   /* PARSE_INCOMPLETE: bytes that the request has at least, counted from its
                     first byte that is still kept; more than were given */
    bool exact;   /* `needed` is the exact length of the whole request */
    u32 argc;
    const char *error;    /* PARSE_ERROR: without "-ERR " and CRLF, zero-terminated, static or in
                             error_text */
    u64 too_long_arg;     /* PARSE_TOO_LONG: the longest argument's length, 0 when it is the whole
                             request that is too long */
    u64 too_long_request; /* PARSE_TOO_LONG: the request's length */
    char error_text[64];
};

/* Looks at `input`, which begins at a request's first kept byte. `argv` holds `argv_max` slots; a
 * request with more arguments than that gives PARSE_INCOMPLETE with needed == 0 and nothing
 * changed when argv_max < limits->args_max (the batch is full: call again with an empty one).
 * The arguments are slices of `input`. Inline requests may need their quotes and escapes undone:
 * that is done in place, which is why input is not const; it is done once, when the line is
 * complete. */
enum parse_result request_parse(struct request_scan *scan, u8 *input, u64 len,
                                const struct parse_limits *limits, struct bytes *argv, u32 argv_max,
                                struct parse_output *out);

#endif
