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
    u32 args_max;       /* more is a protocol error, also in an inline request */
    u32 inline_max;     /* longer lines, inline or header, are a protocol error */
    bool authenticated; /* else Redis's limits for strangers: 10 arguments, 16384 bytes each */
};

enum parse_result {
    PARSE_INCOMPLETE, /* more bytes are needed */
    PARSE_REQUEST,    /* argc/argv hold a request of `consumed` bytes; argc 0: an empty line */
    PARSE_TOO_LONG, /* a whole request was skipped: see too_long; `consumed` bytes are done with */
    PARSE_ERROR     /* broken frame: `error` is Redis's text; reply and close */
};

/* Where a request that is not complete stands. All zero: at its first byte. request_parse makes it
 * all zero again when it returns anything but PARSE_INCOMPLETE. */
struct request_scan {
    u64 offset;      /* bytes of the request that were scanned, those in `skipped` included */
    u64 args_left;   /* arguments still to come, the current one included */
    u64 bulk_left;   /* bytes of the current argument still to come, with its CRLF */
    u64 skipped;     /* bytes of this request that were dropped already */
    u64 arg_longest; /* longest argument announced so far */
    u64 number;      /* private to parse.c: digits of the current line so far */
    u32 argc;        /* arguments announced by the header */
    u32 line_len;    /* private: bytes of the current line so far, without its line end */
    u8 state;        /* private */
    u8 number_form;  /* private */
    u8 line_first;   /* private: first byte of the current line */
    bool skipping;   /* too long: bytes need not be kept */
};

struct parse_output {
    u64 consumed; /* bytes at the front of the input that are done with. PARSE_INCOMPLETE while
                     skipping: all that were given, and the caller drops them before the next call;
                     PARSE_INCOMPLETE otherwise: 0 */
    u64 needed;   /* PARSE_INCOMPLETE: bytes that the request has at least, counted from its first
                     byte that is still kept; more than were given. While skipping: bytes that are
                     still to come at least */
    bool exact;   /* `needed` is the exact length of the whole request; never while skipping */
    u32 argc;
    const char *error;    /* PARSE_ERROR: without "-ERR " and CRLF, zero-terminated, static or in
                             error_text */
    u64 too_long_arg;     /* PARSE_TOO_LONG: the longest argument's length, 0 when it is the whole
                             request that is too long */
    u64 too_long_request; /* PARSE_TOO_LONG: the request's length */
    char error_text[64];
};

/* Looks at `input`, which begins at a request's first kept byte. `argv` holds `argv_max` slots; a
 * complete request with more arguments than that gives PARSE_INCOMPLETE with needed == 0 and
 * nothing changed when argv_max < limits->args_max (the batch is full: call again with an empty
 * one). The arguments are slices of `input`. Inline requests may need their quotes and escapes
 * undone: that is done in place, which is why input is not const; it is done once, when the line
 * is complete (a caller that may parse the same bytes again gives a copy of the line). Of `out`,
 * only what the result's comments name is set.
 *
 * The result depends on the bytes alone, not on how they were cut into pieces. An inline line
 * longer than request_max is reported as such, and its quotes are not looked at. The line end of a
 * header is a carriage return and any byte, and the two bytes after an argument may be any: Redis
 * does not check them either. */
enum parse_result request_parse(struct request_scan *scan, u8 *input, u64 len,
                                const struct parse_limits *limits, struct bytes *argv, u32 argv_max,
                                struct parse_output *out);

#endif
