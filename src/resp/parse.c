/* parse.c: RESP requests out of contiguous bytes.
 *
 * Nearly every request lies complete in its buffer, and slice_frame takes it in one pass. For all
 * others there is the scan: a small automaton over the same grammar that keeps every bit of its
 * place in struct request_scan, looks at each byte once however the request is cut, knows all the
 * errors, and needs no byte again while it skips. When the scan finds the end of a request,
 * slice_frame runs over the bytes, which are complete now.
 */
#include "kv/parse.h"

#include "kv/assert.h"
#include "kv/parse_inline.h"

#define STRANGER_ARGS_MAX 10
#define STRANGER_ARG_BYTES_MAX 16384
/* The limit of the protocol itself, whatever args_max says. */
#define FRAME_ARGS_MAX INT32_MAX
/* "$0\r\n\r\n": no argument takes fewer bytes. */
#define ARG_BYTES_MIN 6
/* "*1\r\n" and one such argument. */
#define FRAME_BYTES_MIN (4 + ARG_BYTES_MIN)
/* More digits than this cannot be the length of something that lies in memory. */
#define SLICE_DIGITS_MAX 18

enum scan_state {
    AT_START,
    IN_INLINE,
    IN_COUNT,     /* the header's line, from its '*' to its carriage return */
    AT_COUNT_END, /* the one byte after the carriage return */
    IN_LENGTH,    /* the line that announces an argument */
    AT_LENGTH_END,
    IN_PAYLOAD
};

/* What the digits of a line amount to so far. */
enum number_form { FORM_EMPTY, FORM_MINUS, FORM_ZERO, FORM_POSITIVE, FORM_NEGATIVE, FORM_BROKEN };

enum step { STEP_MORE, STEP_DONE, STEP_ERROR };

/* ---- complete requests ---- */

/* Takes the digits and the line end at *at. At least five bytes are there, which is what the
 * shortest forms need, so that only numbers of four digits and more check for the end. */
static inline bool take_number(const u8 **at, const u8 *end, u64 *value) {
    const u8 *p = *at;
    u64 number = (u64)p[0] - '0';
    if (KV_UNLIKELY(number > 9)) return false;
    if (p[1] == '\r') {
        *value = number;
        *at = p + 3;
        return true;
    }
    u64 digit = (u64)p[1] - '0';
    if (KV_UNLIKELY(digit > 9 || number == 0)) return false;
    number = number * 10 + digit;
    if (p[2] == '\r') {
        *value = number;
        *at = p + 4;
        return true;
    }
    for (u32 i = 2; i < SLICE_DIGITS_MAX && end - p > i + 2; i++) {
        digit = (u64)p[i] - '0';
        if (KV_UNLIKELY(digit > 9)) return false;
        number = number * 10 + digit;
        if (p[i + 1] == '\r') {
            *value = number;
            *at = p + i + 3;
            return true;
        }
    }
    return false;
}

/* Takes a complete request with one to argc_max arguments of at most arg_max bytes and returns its
 * length. Returns 0 for everything else, complete or not, legal or not: the scan will say. */
static inline u64 slice_frame(const u8 *input, u64 len, u64 argc_max, u64 arg_max,
                              struct bytes *argv, u32 *argc) {
    if (len < FRAME_BYTES_MIN || input[0] != '*') return 0;
    const u8 *const end = input + len;
    const u8 *p = input + 1;
    u64 count;
    if (!take_number(&p, end, &count)) return 0;
    if (KV_UNLIKELY(count - 1 >= argc_max)) return 0;
    for (u64 i = 0; i < count; i++) {
        if (KV_UNLIKELY(end - p < ARG_BYTES_MIN || *p != '$')) return 0;
        p++;
        u64 arg_len;
        if (KV_UNLIKELY(!take_number(&p, end, &arg_len))) return 0;
        if (KV_UNLIKELY(arg_len > arg_max || (u64)(end - p) < arg_len + 2)) return 0;
        argv[i] = (struct bytes){.data = p, .len = arg_len};
        p += arg_len + 2;
    }
    *argc = (u32)count;
    return (u64)(p - input);
}

/* ---- the scan ---- */

static enum step fail(struct parse_output *out, const char *text) {
    out->error = text;
    return STEP_ERROR;
}

static enum step fail_expected(struct parse_output *out, u8 got) {
    static const char text[] = "Protocol error: expected '$', got '?'";
    _Static_assert(sizeof(text) <= sizeof(out->error_text), "the text fits");
    /* A line break or a zero byte would end the reply's line or the text early. */
    const u8 shown = got == '\r' || got == '\n' || got == 0 ? ' ' : got;
    memcpy(out->error_text, text, sizeof(text));
    out->error_text[sizeof(text) - 3] = (char)shown;
    return fail(out, out->error_text);
}

static void line_begin(struct request_scan *scan, enum scan_state state) {
    scan->state = (u8)state;
    scan->number = 0;
    scan->number_form = FORM_EMPTY;
    scan->line_len = 0;
    scan->line_first = 0;
}

/* The next byte of a number: only the canonical form is one, as in Redis. */
static void number_feed(struct request_scan *scan, u8 c) {
    const u64 digit = (u64)c - '0';
    switch (scan->number_form) {
    case FORM_EMPTY:
    case FORM_MINUS:
        if (digit >= 1 && digit <= 9) {
            scan->number = digit;
            scan->number_form = scan->number_form == FORM_EMPTY ? FORM_POSITIVE : FORM_NEGATIVE;
        } else if (scan->number_form == FORM_EMPTY && (c == '-' || c == '0')) {
            scan->number_form = c == '-' ? FORM_MINUS : FORM_ZERO;
        } else {
            scan->number_form = FORM_BROKEN;
        }
        return;
    case FORM_POSITIVE:
    case FORM_NEGATIVE:
        if (digit > 9 || __builtin_mul_overflow(scan->number, (u64)10, &scan->number) ||
            __builtin_add_overflow(scan->number, digit, &scan->number))
            scan->number_form = FORM_BROKEN;
        return;
    default:
        scan->number_form = FORM_BROKEN;
    }
}

/* Whether the line's number is one that an i64 holds. */
static bool number_legal(const struct request_scan *scan) {
    switch (scan->number_form) {
    case FORM_ZERO:
        return true;
    case FORM_POSITIVE:
        return scan->number <= (u64)INT64_MAX;
    case FORM_NEGATIVE:
        return scan->number <= (u64)INT64_MAX + 1;
    default:
        return false;
    }
}

static enum step count_end(struct request_scan *scan, const struct parse_limits *limits,
                           struct parse_output *out) {
    const bool negative = scan->number_form == FORM_NEGATIVE;
    if (!number_legal(scan) ||
        (!negative && scan->number > u32_min(limits->args_max, FRAME_ARGS_MAX)))
        return fail(out, "Protocol error: invalid multibulk length");
    if (negative || scan->number == 0) return STEP_DONE;
    if (!limits->authenticated && scan->number > STRANGER_ARGS_MAX)
        return fail(out, "Protocol error: unauthenticated multibulk length");
    scan->argc = (u32)scan->number;
    scan->args_left = scan->number;
    line_begin(scan, IN_LENGTH);
    return STEP_MORE;
}

static enum step length_end(struct request_scan *scan, const struct parse_limits *limits,
                            struct parse_output *out) {
    if (scan->line_first != '$') return fail_expected(out, scan->line_first);
    if (!number_legal(scan) || scan->number_form == FORM_NEGATIVE ||
        scan->number > limits->bulk_max)
        return fail(out, "Protocol error: invalid bulk length");
    if (!limits->authenticated && scan->number > STRANGER_ARG_BYTES_MAX)
        return fail(out, "Protocol error: unauthenticated bulk length");
    if (scan->number > limits->arg_max) scan->skipping = true;
    scan->arg_longest = u64_max(scan->arg_longest, scan->number);
    scan->bulk_left = scan->number + 2;
    scan->state = IN_PAYLOAD;
    return STEP_MORE;
}

/* The bytes of a header or length line up to its carriage return; returns how far it went. */
static u64 scan_line(struct request_scan *scan, const u8 *input, u64 pos, u64 len, u32 line_max) {
    while (pos < len && scan->line_len <= line_max) {
        const u8 c = input[pos++];
        if (scan->line_len == 0) scan->line_first = c;
        if (c == '\r') {
            scan->state = scan->state == IN_COUNT ? AT_COUNT_END : AT_LENGTH_END;
            return pos;
        }
        if (scan->line_len > 0) number_feed(scan, c);
        scan->line_len++;
    }
    return pos;
}

/* The bytes of an inline request up to its newline; returns how far it went. */
static u64 scan_inline(struct request_scan *scan, const u8 *input, u64 pos, u64 len, u32 line_max,
                       enum step *step) {
    const u64 window = u64_min(len - pos, (u64)line_max + 1 - scan->line_len);
    const u8 *newline = memchr(input + pos, '\n', window);
    const u64 text = newline == NULL ? window : (u64)(newline - (input + pos));
    scan->line_len += (u32)text;
    if (newline == NULL) return pos + text;
    *step = STEP_DONE;
    return pos + text + 1;
}

static u64 scan_payload(struct request_scan *scan, u64 pos, u64 len, enum step *step) {
    const u64 taken = u64_min(scan->bulk_left, len - pos);
    scan->bulk_left -= taken;
    if (scan->bulk_left == 0) {
        scan->args_left--;
        if (scan->args_left == 0)
            *step = STEP_DONE;
        else
            line_begin(scan, IN_LENGTH);
    }
    return pos + taken;
}

/* Goes on where the scan stands, to the end of the request or of the input. Every turn of the loop
 * takes at least one byte, or leaves AT_START. */
static enum step scan_run(struct request_scan *scan, const u8 *input, u64 len,
                          const struct parse_limits *limits, struct parse_output *out) {
    u64 pos = scan->offset - scan->skipped;
    kv_assert(pos <= len);
    enum step step = STEP_MORE;
    while (step == STEP_MORE && pos < len) {
        switch (scan->state) {
        case AT_START:
            line_begin(scan, input[pos] == '*' ? IN_COUNT : IN_INLINE);
            break;
        case IN_INLINE:
            pos = scan_inline(scan, input, pos, len, limits->inline_max, &step);
            if (step == STEP_MORE && scan->line_len > limits->inline_max)
                step = fail(out, "Protocol error: too big inline request");
            break;
        case IN_COUNT:
            pos = scan_line(scan, input, pos, len, limits->inline_max);
            if (scan->line_len > limits->inline_max)
                step = fail(out, "Protocol error: too big mbulk count string");
            break;
        case IN_LENGTH:
            pos = scan_line(scan, input, pos, len, limits->inline_max);
            if (scan->line_len > limits->inline_max)
                step = fail(out, "Protocol error: too big bulk count string");
            break;
        case AT_COUNT_END:
            pos++;
            step = count_end(scan, limits, out);
            break;
        case AT_LENGTH_END:
            pos++;
            step = length_end(scan, limits, out);
            break;
        default:
            pos = scan_payload(scan, pos, len, &step);
        }
    }
    scan->offset = scan->skipped + pos;
    return step;
}

/* The fewest bytes that can complete the request from where the scan stands. Never 0. */
static u64 bytes_to_come(const struct request_scan *scan) {
    const u64 others = scan->args_left > 0 ? (scan->args_left - 1) * ARG_BYTES_MIN : 0;
    switch (scan->state) {
    case IN_COUNT: /* a digit, unless there is one, and the line end */
        return scan->line_len < 2 ? 3 : 2;
    case IN_LENGTH:
        return (scan->line_len < 2 ? 4 - scan->line_len : 2) + 2 + others;
    case AT_LENGTH_END:
        return 1 + 2 + others;
    case IN_PAYLOAD:
        return scan->bulk_left + others;
    default: /* a newline, or the byte after a header's carriage return */
        return 1;
    }
}

/* ---- results ---- */

static enum parse_result finish(struct request_scan *scan, struct parse_output *out,
                                enum parse_result result) {
    out->consumed = scan->offset - scan->skipped;
    memset(scan, 0, sizeof(*scan));
    return result;
}

static enum parse_result finish_error(struct request_scan *scan, struct parse_output *out,
                                      const char *text) {
    out->error = text;
    return finish(scan, out, PARSE_ERROR);
}

static enum parse_result finish_too_long(struct request_scan *scan, struct parse_output *out,
                                         u64 arg_longest, u64 arg_max) {
    out->too_long_arg = arg_longest > arg_max ? arg_longest : 0;
    out->too_long_request = scan->offset;
    return finish(scan, out, PARSE_TOO_LONG);
}

static enum parse_result incomplete(struct request_scan *scan, u64 len,
                                    const struct parse_limits *limits, struct parse_output *out) {
    const u64 to_come = bytes_to_come(scan);
    if (scan->offset + to_come > limits->request_max) scan->skipping = true;
    if (scan->skipping) {
        scan->skipped = scan->offset;
        out->consumed = len;
        out->needed = to_come;
        out->exact = false;
    } else {
        out->consumed = 0;
        out->needed = scan->offset + to_come;
        out->exact = scan->state == IN_PAYLOAD && scan->args_left == 1;
    }
    return PARSE_INCOMPLETE;
}

static enum parse_result batch_full(struct request_scan *scan, const struct request_scan *before,
                                    struct parse_output *out) {
    *scan = *before;
    out->consumed = 0;
    out->needed = 0;
    out->exact = false;
    return PARSE_INCOMPLETE;
}

static enum parse_result complete_inline(struct request_scan *scan,
                                         const struct request_scan *before, u8 *input,
                                         const struct parse_limits *limits, struct bytes *argv,
                                         u32 argv_max, struct parse_output *out) {
    /* A carriage return before the newline separates words, as a space does. */
    const u64 line_len = scan->line_len;
    /* Words are one byte and a space at least: counting first is for full batches only. */
    if ((line_len + 1) / 2 > argv_max) {
        u32 count;
        if (!inline_count(bytes_of(input, line_len), &count))
            return finish_error(scan, out, "Protocol error: unbalanced quotes in request");
        if (count > limits->args_max)
            return finish_error(scan, out, "Protocol error: invalid multibulk length");
        if (count > argv_max) return batch_full(scan, before, out);
    }
    u32 argc;
    if (!inline_split(input, line_len, argv, &argc))
        return finish_error(scan, out, "Protocol error: unbalanced quotes in request");
    if (argc > limits->args_max)
        return finish_error(scan, out, "Protocol error: invalid multibulk length");
    u64 arg_longest = 0;
    for (u32 i = 0; i < argc; i++)
        arg_longest = u64_max(arg_longest, argv[i].len);
    if (arg_longest > limits->arg_max)
        return finish_too_long(scan, out, arg_longest, limits->arg_max);
    out->argc = argc;
    return finish(scan, out, PARSE_REQUEST);
}

static enum parse_result complete_frame(struct request_scan *scan,
                                        const struct request_scan *before, const u8 *input,
                                        const struct parse_limits *limits, struct bytes *argv,
                                        u32 argv_max, struct parse_output *out) {
    out->argc = 0;
    if (scan->argc == 0) return finish(scan, out, PARSE_REQUEST);
    if (scan->argc > argv_max) {
        /* With a full array this can only be a limit that was lowered in between. */
        if (argv_max >= limits->args_max)
            return finish_error(scan, out, "Protocol error: invalid multibulk length");
        return batch_full(scan, before, out);
    }
    /* Every limit was tested when it was announced; options may have been changed since. */
    const u64 used = slice_frame(input, scan->offset, argv_max, UINT64_MAX, argv, &out->argc);
    kv_assert(used == scan->offset && out->argc == scan->argc);
    return finish(scan, out, PARSE_REQUEST);
}

static __attribute__((noinline)) enum parse_result
parse_by_scan(struct request_scan *scan, u8 *input, u64 len, const struct parse_limits *limits,
              struct bytes *argv, u32 argv_max, struct parse_output *out) {
    const struct request_scan before = *scan;
    switch (scan_run(scan, input, len, limits, out)) {
    case STEP_MORE:
        return incomplete(scan, len, limits, out);
    case STEP_ERROR:
        return finish(scan, out, PARSE_ERROR);
    default:
        break;
    }
    if (scan->skipping || scan->offset > limits->request_max)
        return finish_too_long(scan, out, scan->arg_longest, limits->arg_max);
    if (scan->state == IN_INLINE)
        return complete_inline(scan, &before, input, limits, argv, argv_max, out);
    return complete_frame(scan, &before, input, limits, argv, argv_max, out);
}

enum parse_result request_parse(struct request_scan *scan, u8 *input, u64 len,
                                const struct parse_limits *limits, struct bytes *argv, u32 argv_max,
                                struct parse_output *out) {
    if (KV_LIKELY(scan->offset == 0)) {
        u64 argc_max = u32_min(argv_max, limits->args_max);
        u64 arg_max = u64_min(limits->arg_max, limits->bulk_max);
        if (KV_UNLIKELY(!limits->authenticated)) {
            argc_max = u64_min(argc_max, STRANGER_ARGS_MAX);
            arg_max = u64_min(arg_max, STRANGER_ARG_BYTES_MAX);
        }
        const u64 used = slice_frame(input, len, argc_max, arg_max, argv, &out->argc);
        if (KV_LIKELY(used > 0 && used <= limits->request_max)) {
            out->consumed = used;
            return PARSE_REQUEST;
        }
    }
    return parse_by_scan(scan, input, len, limits, argv, argv_max, out);
}
