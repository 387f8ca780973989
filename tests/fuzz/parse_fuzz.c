/* parse_fuzz.c: libFuzzer target: any bytes, cut anywhere, under any limits, give the same requests
 * and errors as in one piece, and nothing beyond them is read.
 *
 * Build and run:
 *   clang -std=gnu17 -g -O1 -DKV_DEBUG -Iinclude -fsanitize=fuzzer,address,undefined \
 *       tests/fuzz/parse_fuzz.c src/resp/parse.c src/resp/parse_inline.c src/base/assert.c \
 *       -o parse_fuzz
 *   mkdir -p work && ./parse_fuzz -max_len=4096 work tests/fuzz/corpus/parse
 *
 * The first line of an input chooses limits and cuts, one letter each ("a" is the largest value);
 * the rest is the stream. So the seeds are text.
 */
#include "../unit/resp/parse_stream.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define CUTS_MAX 64

/* The letter at `at` of the first line as a choice out of `count`. */
static u32 choice(const u8 *line, size_t len, size_t at, u32 count) {
    return at < len ? (u32)(u8)(line[at] - 'a') % count : 0;
}

static struct parse_limits choose_limits(const u8 *line, size_t len) {
    static const u64 bulk[] = {1 << 20, 100, 5, UINT64_MAX};
    static const u64 arg[] = {1 << 20, 60, 7, 0};
    static const u64 request[] = {1 << 22, 100, 20, 4};
    static const u32 args[] = {1000, 20, 3, 1};
    static const u32 line_max[] = {65536, 64, 24, 3};
    return (struct parse_limits){.bulk_max = bulk[choice(line, len, 0, 4)],
                                 .arg_max = arg[choice(line, len, 1, 4)],
                                 .request_max = request[choice(line, len, 2, 4)],
                                 .args_max = args[choice(line, len, 3, 4)],
                                 .inline_max = line_max[choice(line, len, 4, 4)],
                                 .authenticated = choice(line, len, 5, 2) == 0};
}

static void compare(const u8 *stream, size_t len, const struct parse_limits *limits, u32 argv_first,
                    const size_t *cuts, size_t cut_count, const struct transcript *whole) {
    struct transcript cut = stream_run(stream, len, limits, argv_first, cuts, cut_count);
    kv_assert(transcript_equal(whole, &cut));
    transcript_free(&cut);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) {
    const u8 *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    if (newline == NULL) return 0;
    const size_t line_len = (size_t)(newline - data);
    const u8 *stream = newline + 1;
    const size_t len = size - line_len - 1;
    const struct parse_limits limits = choose_limits(data, line_len);
    const u32 argv_first = choice(data, line_len, 6, limits.args_max + 1);

    struct transcript whole = stream_run(stream, len, &limits, limits.args_max, NULL, 0);
    compare(stream, len, &limits, argv_first, NULL, 0, &whole);
    size_t cuts[CUTS_MAX];
    size_t count = 0;
    size_t at = 0;
    /* Letters after the seventh are the lengths of pieces, over and over. */
    for (size_t i = 7; count < CUTS_MAX && at < len; i++) {
        at += line_len > 7 ? 1u + choice(data, line_len, 7 + (i - 7) % (line_len - 7), 40) : 1u;
        if (at < len) cuts[count++] = at;
    }
    compare(stream, len, &limits, limits.args_max, cuts, count, &whole);
    compare(stream, len, &limits, argv_first, cuts, count, &whole);
    transcript_free(&whole);
    return 0;
}
