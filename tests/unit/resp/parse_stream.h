/* parse_stream.h: plays a caller of request_parse over a stream that arrives in pieces, and writes
 * down what came out. Shared by the unit test and the fuzz target; checks with kv_assert what must
 * hold whatever the input is.
 */
#ifndef KV_TEST_PARSE_STREAM_H
#define KV_TEST_PARSE_STREAM_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kv/assert.h"
#include "kv/parse.h"

/* What came out of a stream, as text that two runs are compared by. */
struct transcript {
    char *data;
    size_t len;
    size_t room;
    u64 kept_most; /* most bytes that the caller ever had to keep; not part of the text */
};

static inline void transcript_add(struct transcript *transcript, const void *data, size_t len) {
    if (transcript->len + len + 1 > transcript->room) {
        transcript->room = (transcript->len + len + 1) * 2;
        transcript->data = realloc(transcript->data, transcript->room);
        kv_assert(transcript->data != NULL);
    }
    if (len > 0) memcpy(transcript->data + transcript->len, data, len);
    transcript->len += len;
    transcript->data[transcript->len] = '\0';
}

static inline void KV_PRINTF(2, 3)
    transcript_print(struct transcript *transcript, const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    kv_assert(len >= 0 && (size_t)len < sizeof(line));
    transcript_add(transcript, line, (size_t)len);
}

static inline bool transcript_equal(const struct transcript *a, const struct transcript *b) {
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static inline void transcript_free(struct transcript *transcript) {
    free(transcript->data);
    *transcript = (struct transcript){0};
}

struct stream {
    struct parse_limits limits;
    u32 argv_first; /* slots offered at first; all of args_max once these are too few */
    struct request_scan scan;
    struct bytes *argv; /* args_max slots */
    u8 *kept;
    u64 kept_len;
    u64 needed; /* what the last incomplete parse said, 0: nothing */
    bool exact;
    bool broken;
    struct transcript transcript;
};

static inline void stream_init(struct stream *stream, const struct parse_limits *limits,
                               u32 argv_first, size_t len_max) {
    *stream = (struct stream){.limits = *limits, .argv_first = argv_first};
    stream->argv = malloc(sizeof(struct bytes) * (limits->args_max + 1));
    stream->kept = malloc(len_max + 1);
    kv_assert(stream->argv != NULL && stream->kept != NULL);
    transcript_add(&stream->transcript, "", 0);
}

static inline void stream_deinit(struct stream *stream) {
    free(stream->argv);
    free(stream->kept);
    transcript_free(&stream->transcript);
}

static inline bool scan_is_zero(const struct request_scan *scan) {
    static const struct request_scan zero;
    return memcmp(scan, &zero, sizeof(zero)) == 0;
}

static inline void stream_drop(struct stream *stream, u64 len) {
    kv_assert(len <= stream->kept_len);
    stream->kept_len -= len;
    memmove(stream->kept, stream->kept + len, stream->kept_len);
}

static inline void stream_request(struct stream *stream, const u8 *input,
                                  const struct parse_output *out) {
    kv_assert(out->argc <= stream->limits.args_max);
    kv_assert(out->consumed <= stream->limits.request_max);
    /* Once announced, the length is a promise: never too much, and exact when it says so. */
    kv_assert(stream->needed <= out->consumed);
    kv_assert(!stream->exact || stream->needed == out->consumed);
    transcript_print(&stream->transcript, "request %u:", out->argc);
    for (u32 i = 0; i < out->argc; i++) {
        const struct bytes arg = stream->argv[i];
        kv_assert(arg.data >= input && arg.data + arg.len <= input + out->consumed);
        kv_assert(arg.len <= stream->limits.arg_max);
        transcript_print(&stream->transcript, " %zu=", arg.len);
        transcript_add(&stream->transcript, arg.data, arg.len);
    }
    transcript_print(&stream->transcript, "\n");
}

static inline void stream_incomplete(struct stream *stream, u64 len,
                                     const struct parse_output *out) {
    const struct request_scan *scan = &stream->scan;
    if (scan->skipping) {
        kv_assert(out->consumed == len && out->needed > 0 && !out->exact);
        kv_assert(scan->skipped == scan->offset);
    } else {
        kv_assert(out->consumed == 0 && out->needed > len && scan->skipped == 0);
        kv_assert(out->needed <= stream->limits.request_max);
    }
    kv_assert(scan->offset - scan->skipped == len - out->consumed); /* each byte once */
    stream->needed = scan->skipping ? 0 : out->needed;
    stream->exact = out->exact;
}

static inline u64 stream_step_result(struct stream *stream, enum parse_result result,
                                     const u8 *input, const struct parse_output *out) {
    if (result == PARSE_REQUEST) {
        stream_request(stream, input, out);
    } else if (result == PARSE_TOO_LONG) {
        const bool by_arg = out->too_long_arg > 0;
        kv_assert(out->too_long_request >= out->consumed);
        kv_assert(by_arg ? out->too_long_arg > stream->limits.arg_max
                         : out->too_long_request > stream->limits.request_max);
        transcript_print(&stream->transcript, "too long: %llu of %llu\n",
                         (unsigned long long)out->too_long_arg,
                         (unsigned long long)out->too_long_request);
    } else {
        kv_assert(strlen(out->error) > 0 && strlen(out->error) < 64);
        transcript_print(&stream->transcript, "error: %s\n", out->error);
        stream->broken = true;
    }
    stream->needed = 0;
    stream->exact = false;
    kv_assert(out->consumed > 0 && scan_is_zero(&stream->scan));
    return out->consumed;
}

/* One call of request_parse on what is kept. The input is an allocation of exactly its length, so
 * that AddressSanitizer sees any step past it. Returns false when more bytes are needed. */
static inline bool stream_step(struct stream *stream) {
    const u64 len = stream->kept_len;
    u8 *input = malloc(len > 0 ? len : 1);
    kv_assert(input != NULL);
    if (len > 0) memcpy(input, stream->kept, len);
    struct parse_output out;
    memset(&out, 0xee, sizeof(out)); /* nobody may rely on what was there before */
    const struct request_scan before = stream->scan;
    enum parse_result result = request_parse(&stream->scan, input, len, &stream->limits,
                                             stream->argv, stream->argv_first, &out);
    if (result == PARSE_INCOMPLETE && out.needed == 0) {
        kv_assert(stream->argv_first < stream->limits.args_max && out.consumed == 0);
        kv_assert(memcmp(&before, &stream->scan, sizeof(before)) == 0);
        kv_assert(memcmp(input, stream->kept, len) == 0);
        result = request_parse(&stream->scan, input, len, &stream->limits, stream->argv,
                               stream->limits.args_max, &out);
        /* An inline request may turn out too long only when its words are split. */
        kv_assert(result == PARSE_TOO_LONG ||
                  (result == PARSE_REQUEST && out.argc > stream->argv_first));
    }
    if (result == PARSE_INCOMPLETE) {
        kv_assert(len == 0 || memcmp(input, stream->kept, len) == 0);
        stream_incomplete(stream, len, &out);
        stream_drop(stream, out.consumed);
    } else {
        stream_drop(stream, stream_step_result(stream, result, input, &out));
    }
    free(input);
    return result != PARSE_INCOMPLETE && !stream->broken;
}

/* A piece arrives. */
static inline void stream_feed(struct stream *stream, const void *piece, size_t len) {
    if (stream->broken) return;
    if (len > 0) memcpy(stream->kept + stream->kept_len, piece, len);
    stream->kept_len += len;
    while (stream_step(stream))
        continue;
    stream->transcript.kept_most = u64_max(stream->transcript.kept_most, stream->kept_len);
}

/* No more comes: what is left over belongs into the transcript too. */
static inline void stream_end(struct stream *stream) {
    if (stream->broken || (stream->kept_len == 0 && scan_is_zero(&stream->scan))) return;
    const struct request_scan *scan = &stream->scan;
    transcript_print(&stream->transcript, "open: scanned %llu, ", (unsigned long long)scan->offset);
    if (scan->skipping)
        transcript_print(&stream->transcript, "skipping\n");
    else
        transcript_print(&stream->transcript, "needed %llu%s\n", (unsigned long long)stream->needed,
                         stream->exact ? " exactly" : "");
}

/* A whole stream cut at the given places, which ascend. */
static inline struct transcript stream_run(const void *data, size_t len,
                                           const struct parse_limits *limits, u32 argv_first,
                                           const size_t *cuts, size_t cut_count) {
    struct stream stream;
    stream_init(&stream, limits, argv_first, len);
    size_t from = 0;
    for (size_t i = 0; i < cut_count; i++) {
        stream_feed(&stream, (const u8 *)data + from, cuts[i] - from);
        from = cuts[i];
    }
    stream_feed(&stream, (const u8 *)data + from, len - from);
    stream_end(&stream);
    const struct transcript transcript = stream.transcript;
    stream.transcript = (struct transcript){0};
    stream_deinit(&stream);
    return transcript;
}

#endif
