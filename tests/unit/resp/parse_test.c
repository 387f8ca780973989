#include "kv/parse.h"
#include "kv/prng.h"

#include "../unit.h"
#include "parse_stream.h"

/* Every expectation below holds for the stream in one piece, cut once at every byte, and in pieces
 * of one byte, with a full array of arguments and with a batch that has no slot left. */

static const struct parse_limits roomy = {.bulk_max = 512 << 20,
                                          .arg_max = 1 << 20,
                                          .request_max = 8 << 20,
                                          .args_max = 1000,
                                          .inline_max = 65536,
                                          .authenticated = true};

static void expect_same(const struct transcript *whole, struct transcript cut, const char *how,
                        size_t at) {
    if (!transcript_equal(whole, &cut)) {
        print_error("%s %zu gives\n%.2000s\nnot\n%.2000s\n", how, at, cut.data, whole->data);
        fail();
    }
    transcript_free(&cut);
}

static void expect_same_in_bytes(const void *data, size_t len, const struct parse_limits *limits,
                                 const struct transcript *whole) {
    size_t *cuts = malloc(sizeof(size_t) * (len + 1));
    assert_non_null(cuts);
    for (size_t i = 0; i < len; i++)
        cuts[i] = i + 1;
    expect_same(whole, stream_run(data, len, limits, limits->args_max, cuts, len), "pieces of", 1);
    expect_same(whole, stream_run(data, len, limits, 0, cuts, len), "full batch, pieces of", 1);
    free(cuts);
}

static void expect_same_however_cut(const void *data, size_t len, const struct parse_limits *limits,
                                    const struct transcript *whole) {
    for (size_t cut = 0; cut <= len; cut++) {
        expect_same(whole, stream_run(data, len, limits, limits->args_max, &cut, 1), "cut at", cut);
        expect_same(whole, stream_run(data, len, limits, 0, &cut, 1), "full batch, cut at", cut);
    }
    expect_same_in_bytes(data, len, limits, whole);
}

static void expect_under(const struct parse_limits *limits, const void *data, size_t len,
                         const char *text, size_t text_len) {
    struct transcript whole = stream_run(data, len, limits, limits->args_max, NULL, 0);
    if (whole.len != text_len || memcmp(whole.data, text, text_len) != 0) {
        print_error("%.200s\ngives\n%.2000s\nnot\n%.2000s\n", (const char *)data, whole.data, text);
        fail();
    }
    expect_same_however_cut(data, len, limits, &whole);
    transcript_free(&whole);
}

#define EXPECT_UNDER(limits, stream, text)                                                         \
    expect_under(limits, stream, sizeof(stream) - 1, text, sizeof(text) - 1)
#define EXPECT(stream, text) EXPECT_UNDER(&roomy, stream, text)
#define PING "*1\r\n$4\r\nPING\r\n"
#define PINGED "request 1: 4=PING\n"

static void takes_requests(void **state) {
    (void)state;
    EXPECT(PING, PINGED);
    EXPECT("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", "request 3: 3=SET 3=key 5=value\n");
    EXPECT("*2\r\n$0\r\n\r\n$1\r\nx\r\n", "request 2: 0= 1=x\n");
    EXPECT("*1\r\n$0\r\n\r\n", "request 1: 0=\n");
    EXPECT("*2\r\n$4\r\nECHO\r\n$12\r\n0123456789ab\r\n", "request 2: 4=ECHO 12=0123456789ab\n");
    EXPECT("*10\r\n$1\r\n0\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n$1\r\n6\r\n"
           "$1\r\n7\r\n$1\r\n8\r\n$1\r\n9\r\n",
           "request 10: 1=0 1=1 1=2 1=3 1=4 1=5 1=6 1=7 1=8 1=9\n");
    EXPECT(PING PING PING, PINGED PINGED PINGED);
}

static void takes_any_byte_in_an_argument(void **state) {
    (void)state;
    EXPECT("*2\r\n$4\r\nECHO\r\n$9\r\n\r\n\0$*\xff \"'\r\n",
           "request 2: 4=ECHO 9=\r\n\0$*\xff \"'\n");
}

static void takes_lengths_of_every_number_of_digits(void **state) {
    (void)state;
    char *stream = malloc(1200000);
    char *text = malloc(1200000);
    assert_true(stream != NULL && text != NULL);
    static const u32 lengths[] = {1,    9,    10,    99,    100,    999,
                                  1000, 9999, 10000, 99999, 100000, 1000000};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(lengths); i++) {
        const u32 n = lengths[i];
        const int len = sprintf(stream, "*2\r\n$4\r\nECHO\r\n$%u\r\n%0*u\r\n", n, (int)n, 7u);
        const int text_len = sprintf(text, "request 2: 4=ECHO %u=%0*u\n", n, (int)n, 7u);
        const size_t cuts[] = {1, 3, 5, 16, 17, (size_t)len - 2, (size_t)len - 1};
        struct transcript whole = stream_run(stream, (size_t)len, &roomy, 1000, NULL, 0);
        assert_int_equal(whole.len, text_len);
        assert_memory_equal(whole.data, text, whole.len);
        expect_same(&whole, stream_run(stream, (size_t)len, &roomy, 1000, cuts, 7), "length", n);
        transcript_free(&whole);
    }
    free(stream);
    free(text);
}

static void leaves_out_requests_without_arguments(void **state) {
    (void)state;
    EXPECT("*0\r\n" PING, "request 0:\n" PINGED);
    EXPECT("*-1\r\n" PING, "request 0:\n" PINGED);
    EXPECT("*-9223372036854775808\r\n" PING, "request 0:\n" PINGED);
    EXPECT("\r\n\n" PING, "request 0:\nrequest 0:\n" PINGED);
    EXPECT("\r\r\n \t\v\f\r\n" PING, "request 0:\nrequest 0:\n" PINGED);
}

/* Redis looks for the carriage return and skips two bytes, whatever the second is. */
static void does_not_check_what_redis_does_not_check(void **state) {
    (void)state;
    EXPECT("*1\rX$4\rYPINGab" PING, PINGED PINGED);
    EXPECT("*1\r$4\r\nPING\r\n", "error: Protocol error: expected '$', got '4'\n");
}

static void refuses_a_broken_count(void **state) {
    (void)state;
#define COUNT_ERROR "error: Protocol error: invalid multibulk length\n"
    EXPECT("*x\r\n", COUNT_ERROR);
    EXPECT("*\r\n" PING, COUNT_ERROR);
    EXPECT("*-\r\n", COUNT_ERROR);
    EXPECT("*-0\r\n", COUNT_ERROR);
    EXPECT("*-01\r\n", COUNT_ERROR);
    EXPECT("*+1\r\n", COUNT_ERROR);
    EXPECT("*01\r\n", COUNT_ERROR);
    EXPECT("*00\r\n", COUNT_ERROR);
    EXPECT("* 1\r\n", COUNT_ERROR);
    EXPECT("*1 \r\n", COUNT_ERROR);
    EXPECT("*1x\r\n", COUNT_ERROR);
    EXPECT("*1\n$4\r\nPING\r\n", COUNT_ERROR);
    EXPECT("*--1\r\n", COUNT_ERROR);
    EXPECT("*-9223372036854775809\r\n", COUNT_ERROR);
    EXPECT("*9223372036854775807\r\n", COUNT_ERROR);
    EXPECT("*9223372036854775808\r\n", COUNT_ERROR);
    EXPECT("*18446744073709551617\r\n", COUNT_ERROR);
    EXPECT("*99999999999999999999999999999\r\n", COUNT_ERROR);
    EXPECT(PING "*x\r\n" PING, PINGED COUNT_ERROR);
}

static void refuses_a_broken_length(void **state) {
    (void)state;
#define LENGTH_ERROR "error: Protocol error: invalid bulk length\n"
    EXPECT("*1\r\n$\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$-1\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$-\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$-0\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$01\r\nx\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$00\r\n\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$+1\r\nx\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$1x\r\nx\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$1000x\r\nx\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$4\n\r\nPING\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$536870913\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$9223372036854775807\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$9223372036854775808\r\n", LENGTH_ERROR);
    EXPECT("*1\r\n$18446744073709551617\r\n", LENGTH_ERROR);
    EXPECT("*2\r\n$4\r\nPING\r\n$-1\r\n", LENGTH_ERROR);
}

static void wants_a_dollar(void **state) {
    (void)state;
    EXPECT("*1\r\nx\r\n", "error: Protocol error: expected '$', got 'x'\n");
    EXPECT("*1\r\n:1\r\n", "error: Protocol error: expected '$', got ':'\n");
    EXPECT("*1\r\n*1\r\n", "error: Protocol error: expected '$', got '*'\n");
    EXPECT("*1\r\n\xff\r\n", "error: Protocol error: expected '$', got '\xff'\n");
    EXPECT("*2\r\n$1\r\na\r\nPING\r\n", "error: Protocol error: expected '$', got 'P'\n");
    /* These would break the reply's line, or end its text. */
    EXPECT("*1\r\n\r\n", "error: Protocol error: expected '$', got ' '\n");
    EXPECT("*1\r\n\n\r\n", "error: Protocol error: expected '$', got ' '\n");
    EXPECT("*1\r\n\0\r\n", "error: Protocol error: expected '$', got ' '\n");
    /* Redis waits for the line's end before it complains. */
    EXPECT("*1\r\nx", "open: scanned 5, needed 10\n");
}

static void limits_the_number_of_arguments(void **state) {
    (void)state;
    struct parse_limits limits = roomy;
    limits.args_max = 3;
    EXPECT_UNDER(&limits, "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", "request 3: 1=a 1=b 1=c\n");
    EXPECT_UNDER(&limits, "*4\r\n", COUNT_ERROR);
    EXPECT_UNDER(&limits, "a b c\r\n", "request 3: 1=a 1=b 1=c\n");
    EXPECT_UNDER(&limits, "a b c d\r\n", COUNT_ERROR);
    /* The protocol's own limit, should the options allow more. */
    limits = roomy;
    limits.args_max = UINT32_MAX;
    struct request_scan scan = {0};
    struct parse_output out;
    struct bytes argv[1];
    u8 over[] = "*2147483648\r\n";
    assert_int_equal(request_parse(&scan, over, sizeof(over) - 1, &limits, argv, 1, &out),
                     PARSE_ERROR);
    assert_string_equal(out.error, "Protocol error: invalid multibulk length");
}

static void limits_strangers(void **state) {
    (void)state;
    struct parse_limits limits = roomy;
    limits.authenticated = false;
    EXPECT_UNDER(&limits, "*10\r\n", "open: scanned 5, needed 65\n");
    EXPECT_UNDER(&limits, "*11\r\n", "error: Protocol error: unauthenticated multibulk length\n");
    EXPECT_UNDER(&limits, "*1\r\n$16384\r\n", "open: scanned 12, needed 16398 exactly\n");
    EXPECT_UNDER(&limits, "*1\r\n$16385\r\n",
                 "error: Protocol error: unauthenticated bulk length\n");
    EXPECT_UNDER(&limits, "*1\r\n$536870913\r\n", LENGTH_ERROR);
    EXPECT_UNDER(&limits, "*1001\r\n", COUNT_ERROR);
    EXPECT_UNDER(&limits, PING, PINGED);
    EXPECT_UNDER(&limits, "a b c d e f g h i j k l\r\n",
                 "request 12: 1=a 1=b 1=c 1=d 1=e 1=f 1=g 1=h 1=i 1=j 1=k 1=l\n");
    /* Complete at first sight, too. */
    EXPECT_UNDER(&limits,
                 "*11\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n"
                 "$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n",
                 "error: Protocol error: unauthenticated multibulk length\n");
}

static void limits_strangers_whose_request_is_complete(void **state) {
    (void)state;
    struct parse_limits limits = roomy;
    limits.authenticated = false;
    static char stream[17000];
    for (u32 n = 16384; n <= 16385; n++) {
        const int len = snprintf(stream, sizeof(stream), "*1\r\n$%u\r\n%0*u\r\n", n, (int)n, 7u);
        struct transcript out = stream_run(stream, (size_t)len, &limits, 1000, NULL, 0);
        assert_string_equal(strncmp(out.data, "request", 7) == 0 ? "" : out.data,
                            n == 16384 ? ""
                                       : "error: Protocol error: unauthenticated bulk length\n");
        transcript_free(&out);
    }
}

static void limits_lines(void **state) {
    (void)state;
    struct parse_limits limits = roomy;
    limits.inline_max = 8;
    EXPECT_UNDER(&limits, "PING abc\n", "request 2: 4=PING 3=abc\n");
    EXPECT_UNDER(&limits, "PING ab\r\n", "request 2: 4=PING 2=ab\n");
    EXPECT_UNDER(&limits, "PING abc", "open: scanned 8, needed 9\n");
    EXPECT_UNDER(&limits, "PING abcd", "error: Protocol error: too big inline request\n");
    EXPECT_UNDER(&limits, "PING abc\r\n", "error: Protocol error: too big inline request\n");
    EXPECT_UNDER(&limits, "*1111111\r\n", COUNT_ERROR);
    EXPECT_UNDER(&limits, "*11111111", "error: Protocol error: too big mbulk count string\n");
    EXPECT_UNDER(&limits, "*1\r\n$x111111\r\n", LENGTH_ERROR);
    EXPECT_UNDER(&limits, "*1\r\n$11111111", "error: Protocol error: too big bulk count string\n");
    EXPECT_UNDER(&limits, "*1\r\nxxxxxxxxx", "error: Protocol error: too big bulk count string\n");
}

static void limits_lines_as_redis_does_by_default(void **state) {
    (void)state;
    static char stream[65600];
    static const size_t cuts[] = {1, 5000, 65535, 65536};
    memset(stream, 'a', sizeof(stream));
    stream[65536] = '\n';
    struct transcript fits = stream_run(stream, 65537, &roomy, 1000, cuts, 4);
    assert_memory_equal(fits.data, "request 1: 65536=aaaa", 21);
    transcript_free(&fits);
    stream[65536] = 'a';
    struct transcript longer = stream_run(stream, 65537, &roomy, 1000, cuts, 4);
    assert_string_equal(longer.data, "error: Protocol error: too big inline request\n");
    transcript_free(&longer);
    stream[0] = '*';
    memset(stream + 1, '1', sizeof(stream) - 1);
    longer = stream_run(stream, 65537, &roomy, 1000, cuts, 4);
    assert_string_equal(longer.data, "error: Protocol error: too big mbulk count string\n");
    transcript_free(&longer);
    stream[65536] = '\r';
    fits = stream_run(stream, 65538, &roomy, 1000, cuts, 4);
    assert_string_equal(fits.data, COUNT_ERROR);
    transcript_free(&fits);
}

static void splits_inline_requests(void **state) {
    (void)state;
    EXPECT("PING\r\n", PINGED);
    EXPECT("PING\n", PINGED);
    EXPECT("  PING  hello \r\n", "request 2: 4=PING 5=hello\n");
    EXPECT("PING\thello\r\n", "request 2: 4=PING 5=hello\n");
    EXPECT("PING a\rb\r\n", "request 3: 4=PING 1=a 1=b\n");
    EXPECT("PING ab\r\r\n", "request 2: 4=PING 2=ab\n");
    /* Vertical tabs and form feeds are skipped between words, and are not the end of one. */
    EXPECT("\v\f PING\r\n", PINGED);
    EXPECT("PING \va\vb\fc\r\n", "request 2: 4=PING 5=a\vb\fc\n");
    EXPECT("PING \xff\x80\xa0\x85\r\n", "request 2: 4=PING 4=\xff\x80\xa0\x85\n");
    EXPECT("$3\r\n", "request 1: 2=$3\n");
    EXPECT("PING \\x41 \\n\n", "request 3: 4=PING 4=\\x41 2=\\n\n");
    /* Redis would never find this line's end. */
    EXPECT("PI\0NG a\0\r\n" PING, "request 2: 5=PI\0NG 2=a\0\n" PINGED);
    EXPECT("PING", "open: scanned 4, needed 5\n");
}

static void undoes_quotes(void **state) {
    (void)state;
    EXPECT("PING \"a b\"\r\n", "request 2: 4=PING 3=a b\n");
    EXPECT("PING 'a b'\r\n", "request 2: 4=PING 3=a b\n");
    EXPECT("PING \"\" ''\r\n", "request 3: 4=PING 0= 0=\n");
    EXPECT("PING a\"b c\"\r\n", "request 2: 4=PING 4=ab c\n");
    EXPECT("PING a'b c' d\r\n", "request 3: 4=PING 4=ab c 1=d\n");
    EXPECT("PING \"a\"\tb 'c'\vd\r\n", "request 5: 4=PING 1=a 1=b 1=c 1=d\n");
    EXPECT("PING \"it's\" 'a\"b'\r\n", "request 3: 4=PING 4=it's 3=a\"b\n");
    EXPECT("PING \"a\rb\"\r\n", "request 2: 4=PING 3=a\rb\n");
    EXPECT("\"PING\"\n" PING, PINGED PINGED);
}

static void undoes_escapes(void **state) {
    (void)state;
    EXPECT("PING \"\\x41\\n\\r\\t\\b\\a\\q\\\\\\\"\"\r\n",
           "request 2: 4=PING 9=A\n\r\t\b\aq\\\"\n");
    EXPECT("PING \"\\xaF\\xFa\\XAF\"\r\n", "request 2: 4=PING 5=\xaf\xfaXAF\n");
    EXPECT("PING \"\\x00\"\r\n", "request 2: 4=PING 1=\0\n");
    EXPECT("PING \"\\x4\" \"\\xG1\" \"\\x1g\"\r\n", "request 4: 4=PING 2=x4 3=xG1 3=x1g\n");
    EXPECT("PING 'it\\'s' '\\n' 'a\\\\b'\r\n", "request 4: 4=PING 4=it's 2=\\n 4=a\\\\b\n");
}

static void refuses_unbalanced_quotes(void **state) {
    (void)state;
#define QUOTES_ERROR "error: Protocol error: unbalanced quotes in request\n"
    EXPECT("PING \"a\r\n", QUOTES_ERROR);
    EXPECT("PING 'a\r\n", QUOTES_ERROR);
    EXPECT("PING \"a\"b\r\n", QUOTES_ERROR);
    EXPECT("PING 'a'b\r\n", QUOTES_ERROR);
    EXPECT("PING a\"b c\"d\r\n", QUOTES_ERROR);
    EXPECT("PING \"\"x\n", QUOTES_ERROR);
    EXPECT("PING \"a\"'b'\n", QUOTES_ERROR);
    EXPECT("PING \"\\\"\r\n", QUOTES_ERROR);
    EXPECT("PING \"a\\\n", QUOTES_ERROR);
    EXPECT("PING 'a\\'\r\n", QUOTES_ERROR);
    EXPECT("PING \"\\x4\n", QUOTES_ERROR);
    EXPECT("PING \"\n", QUOTES_ERROR);
    /* Until the line ends the quote may still be closed. */
    EXPECT("PING \"a", "open: scanned 7, needed 8\n");
}

static void skips_arguments_that_are_too_long(void **state) {
    (void)state;
    struct parse_limits limits = roomy;
    limits.arg_max = 5;
    limits.request_max = 200;
    EXPECT_UNDER(&limits, "*2\r\n$4\r\nECHO\r\n$5\r\n12345\r\n" PING,
                 "request 2: 4=ECHO 5=12345\n" PINGED);
    EXPECT_UNDER(&limits, "*2\r\n$4\r\nECHO\r\n$6\r\n123456\r\n" PING,
                 "too long: 6 of 26\n" PINGED);
    EXPECT_UNDER(&limits,
                 "*4\r\n$6\r\n123456\r\n$8\r\n\r\n345678\r\n$7\r\n1234567\r\n$1\r\na\r\n" PING,
                 "too long: 8 of 50\n" PINGED);
    EXPECT_UNDER(&limits, "ECHO 12345\r\n", "request 2: 4=ECHO 5=12345\n");
    EXPECT_UNDER(&limits, "ECHO 1234567 123456\r\n" PING, "too long: 7 of 21\n" PINGED);
    /* What counts is the argument, not its quotes. */
    EXPECT_UNDER(&limits, "ECHO \"\\x41\\x42 \"\r\n", "request 2: 4=ECHO 3=AB \n");
    EXPECT_UNDER(&limits, "*2\r\n$4\r\nECHO\r\n$6\r\n1234", "open: scanned 22, skipping\n");
    EXPECT_UNDER(&limits, "*2\r\n$6\r\n123456\r\n$x\r\n", LENGTH_ERROR);
    EXPECT_UNDER(&limits, "*2\r\n$6\r\n123456\r\n:1\r\n",
                 "error: Protocol error: expected '$', got ':'\n");
    limits.bulk_max = 7;
    EXPECT_UNDER(&limits, "*3\r\n$6\r\n123456\r\n$7\r\n1234567\r\n$8\r\n", LENGTH_ERROR);
    limits.arg_max = 0;
    EXPECT_UNDER(&limits, "*1\r\n$0\r\n\r\n" PING, "request 1: 0=\ntoo long: 4 of 14\n");
}

static void skips_requests_that_are_too_long(void **state) {
    (void)state;
    struct parse_limits limits = roomy;
    limits.arg_max = 20;
    limits.request_max = 30;
    EXPECT_UNDER(&limits, "*2\r\n$5\r\nHELLO\r\n$9\r\n123456789\r\n",
                 "request 2: 5=HELLO 9=123456789\n");
    EXPECT_UNDER(&limits, "*2\r\n$4\r\nECHO\r\n$10\r\n1234567890\r\n", "too long: 0 of 31\n");
    EXPECT_UNDER(&limits, "*4\r\n$6\r\n123456\r\n$8\r\n12345678\r\n$0\r\n\r\n$0\r\n\r\n" PING,
                 "too long: 0 of 42\n" PINGED);
    EXPECT_UNDER(&limits, "*2\r\n$21\r\n123456789012345678901\r\n$0\r\n\r\n" PING,
                 "too long: 21 of 38\n" PINGED);
    /* Known from the header alone: five arguments take 30 bytes and the header. */
    EXPECT_UNDER(&limits, "*5\r\n", "open: scanned 4, skipping\n");
    EXPECT_UNDER(&limits, "*4\r\n", "open: scanned 4, needed 28\n");
    EXPECT_UNDER(&limits, "*5\r\nx\r\n", "error: Protocol error: expected '$', got 'x'\n");
    EXPECT_UNDER(&limits, "PING 567890123456789012345678\r\n" PING, "too long: 0 of 31\n" PINGED);
}

static void keeps_nothing_of_what_it_skips(void **state) {
    (void)state;
    struct parse_limits limits = roomy;
    limits.arg_max = 100;
    limits.request_max = 300;
    const size_t len = 1000000;
    char *stream = malloc(len + 100);
    assert_non_null(stream);
    const int head = sprintf(stream, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$%zu\r\n", len);
    memset(stream + head, '*', len);
    const int tail = sprintf(stream + head + len, "\r\n" PING);
    const size_t total = (size_t)head + len + (size_t)tail;
    size_t cuts[1000];
    for (size_t i = 0; i < 1000; i++)
        cuts[i] = (i + 1) * 999;
    struct transcript out = stream_run(stream, total, &limits, 1000, cuts, 1000);
    char text[100];
    sprintf(text, "too long: %zu of %zu\n" PINGED, len, total - 14);
    assert_string_equal(out.data, text);
    assert_int_equal(out.kept_most, 0);
    transcript_free(&out);
    free(stream);
}

static void says_how_many_bytes_are_still_to_come_while_skipping(void **state) {
    (void)state;
    struct parse_limits limits = roomy;
    limits.arg_max = 5;
    struct request_scan scan = {0};
    struct parse_output out;
    struct bytes argv[4];
    u8 first[] = "*2\r\n$100\r\nabc";
    assert_int_equal(request_parse(&scan, first, 13, &limits, argv, 4, &out), PARSE_INCOMPLETE);
    assert_true(scan.skipping && !out.exact);
    assert_int_equal(out.consumed, 13);
    assert_int_equal(out.needed, 97 + 2 + 6);
    u8 second[] = "defg";
    assert_int_equal(request_parse(&scan, second, 4, &limits, argv, 4, &out), PARSE_INCOMPLETE);
    assert_int_equal(out.consumed, 4);
    assert_int_equal(out.needed, 93 + 2 + 6);
    assert_int_equal(scan.skipped, 17);
}

static void says_how_many_bytes_are_needed(void **state) {
    (void)state;
    EXPECT("*", "open: scanned 1, needed 4\n");
    EXPECT("*3", "open: scanned 2, needed 4\n");
    EXPECT("*12", "open: scanned 3, needed 5\n");
    EXPECT("*3\r", "open: scanned 3, needed 4\n");
    EXPECT("*3\r\n", "open: scanned 4, needed 22\n");
    EXPECT("*3\r\n$", "open: scanned 5, needed 22\n");
    EXPECT("*3\r\n$3", "open: scanned 6, needed 22\n");
    EXPECT("*3\r\n$33", "open: scanned 7, needed 23\n");
    EXPECT("*3\r\n$3\r", "open: scanned 7, needed 22\n");
    EXPECT("*3\r\n$3\r\n", "open: scanned 8, needed 25\n");
    EXPECT("*3\r\n$3\r\nSET", "open: scanned 11, needed 25\n");
    EXPECT("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n", "open: scanned 22, needed 28\n");
    EXPECT("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$100\r\n", "open: scanned 28, needed 130 exactly\n");
    EXPECT("*1\r\n$4\r\nPING\r", "open: scanned 13, needed 14 exactly\n");
    struct request_scan scan = {0};
    struct parse_output out;
    u8 nothing[1] = {0};
    assert_int_equal(request_parse(&scan, nothing, 0, &roomy, NULL, 0, &out), PARSE_INCOMPLETE);
    assert_int_equal(out.needed, 1);
    assert_int_equal(out.consumed, 0);
}

static void wants_a_longer_array(void **state) {
    (void)state;
    struct bytes argv[1000];
    static const char *const streams[] = {"*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n",
                                          "a 'b' \"c\"\r\n"};
    for (size_t i = 0; i < KV_ARRAY_LENGTH(streams); i++) {
        u8 input[32];
        const size_t len = strlen(streams[i]);
        memcpy(input, streams[i], len);
        struct request_scan scan = {0};
        struct parse_output out;
        for (u32 room = 0; room < 3; room++) {
            assert_int_equal(request_parse(&scan, input, len, &roomy, argv, room, &out),
                             PARSE_INCOMPLETE);
            assert_int_equal(out.needed, 0);
            assert_int_equal(out.consumed, 0);
            assert_true(scan_is_zero(&scan));
            assert_memory_equal(input, streams[i], len);
        }
        assert_int_equal(request_parse(&scan, input, len, &roomy, argv, 3, &out), PARSE_REQUEST);
        assert_int_equal(out.argc, 3);
        assert_true(bytes_equal(argv[2], bytes_of_string("c")));
    }
}

static void tells_errors_before_it_wants_a_longer_array(void **state) {
    (void)state;
    struct parse_limits limits = roomy;
    limits.args_max = 2;
    struct request_scan scan = {0};
    struct parse_output out;
    u8 many[] = "a b c\r\n";
    assert_int_equal(request_parse(&scan, many, 7, &limits, NULL, 0, &out), PARSE_ERROR);
    assert_string_equal(out.error, "Protocol error: invalid multibulk length");
    u8 quote[] = "a 'b\r\n";
    assert_int_equal(request_parse(&scan, quote, 6, &limits, NULL, 0, &out), PARSE_ERROR);
    assert_string_equal(out.error, "Protocol error: unbalanced quotes in request");
}

/* Limits may be changed by CONFIG SET or AUTH while a request is on its way. */
static void survives_limits_that_change_in_between(void **state) {
    (void)state;
    struct bytes argv[8];
    struct parse_output out;
    u8 input[] = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n";
    const u64 len = sizeof(input) - 1;
    struct parse_limits limits = roomy;
    struct request_scan scan = {0};
    assert_int_equal(request_parse(&scan, input, len - 1, &limits, argv, 8, &out),
                     PARSE_INCOMPLETE);
    limits.bulk_max = limits.arg_max = 1;
    assert_int_equal(request_parse(&scan, input, len, &limits, argv, 8, &out), PARSE_REQUEST);
    assert_int_equal(out.argc, 3);
    limits = roomy;
    assert_int_equal(request_parse(&scan, input, len - 1, &limits, argv, 8, &out),
                     PARSE_INCOMPLETE);
    limits.args_max = 2;
    assert_int_equal(request_parse(&scan, input, len, &limits, argv, 2, &out), PARSE_ERROR);
    assert_string_equal(out.error, "Protocol error: invalid multibulk length");
}

static void arguments_lie_in_the_input(void **state) {
    (void)state;
    struct bytes argv[4];
    struct parse_output out;
    struct request_scan scan = {0};
    u8 frame[] = "*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n";
    assert_int_equal(request_parse(&scan, frame, sizeof(frame) - 1, &roomy, argv, 4, &out),
                     PARSE_REQUEST);
    assert_ptr_equal(argv[0].data, frame + 8);
    assert_ptr_equal(argv[1].data, frame + 18);
    u8 line[] = "ECHO \"h\\x69\"\r\n" PING;
    assert_int_equal(request_parse(&scan, line, sizeof(line) - 1, &roomy, argv, 4, &out),
                     PARSE_REQUEST);
    assert_int_equal(out.consumed, 14);
    assert_ptr_equal(argv[1].data, line + 5);
    assert_memory_equal(line + 5, "hi", 2);
    assert_memory_equal(line + 14, PING, 14);
}

static void a_long_request_in_many_pieces_is_scanned_once(void **state) {
    (void)state;
    /* 100,000 pieces of an argument of 800,000 bytes: a scan that began anew each time would take
     * minutes here. That each byte is passed once is asserted by parse_stream.h. */
    struct parse_output out;
    struct bytes argv[4];
    struct request_scan scan = {0};
    const size_t room = 900000;
    u8 *input = malloc(room);
    assert_non_null(input);
    size_t len = (size_t)sprintf((char *)input, "*100001\r\n");
    struct parse_limits limits = roomy;
    limits.args_max = 200000;
    u64 pieces = 0;
    for (u32 i = 0; i < 100000; i++, pieces++) {
        memcpy(input + len, "$2\r\nab\r\n", 8);
        len += 8;
        assert_int_equal(request_parse(&scan, input, len, &limits, argv, 4, &out),
                         PARSE_INCOMPLETE);
        assert_true(scan.offset == len && out.needed > len);
    }
    struct bytes *all = malloc(sizeof(struct bytes) * 200000);
    assert_non_null(all);
    memcpy(input + len, "$0\r\n\r\n", 6);
    assert_int_equal(request_parse(&scan, input, len + 6, &limits, all, 200000, &out),
                     PARSE_REQUEST);
    assert_int_equal(out.argc, 100001);
    assert_int_equal(out.consumed, len + 6);
    free(all);
    free(input);
}

/* ---- any stream, cut anywhere ---- */

/* A stream with something of everything, ended by an error. */
static const char rich[] = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n" PING
                           "SET \"a b\" 'c\\'d' \\x \"\\x41\\n\"\r\n"
                           "\r\n*0\r\n  \t\n*-1\r\n"
                           "*2\r\n$4\r\nECHO\r\n$15\r\n\0\r\n*1\r\n$4\r\nPIN\xff\r\n"
                           "*2\r\n$0\r\n\r\n$0\r\n\r\n"
                           "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$60\r\n"
                           "123456789012345678901234567890123456789012345678901234567890\r\n" PING
                           "*4\r\n$35\r\n12345678901234567890123456789012345\r\n"
                           "$35\r\n12345678901234567890123456789012345\r\n"
                           "$35\r\n12345678901234567890123456789012345\r\n$1\r\nx\r\n"
                           "PING\n*1\rx$4\ryPINGzz*12\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$"
                           "1\r\nd\r\n$1\r\ne\r\n$1\r\nf\r\n"
                           "$1\r\ng\r\n$1\r\nh\r\n$1\r\ni\r\n$1\r\nj\r\n$1\r\nk\r\n$1\r\nl\r\n"
                           "PING 1234567890123456789012345678901234567890\r\n" PING
                           "*2\r\n$4\r\nPING\r\n$nonsense\r\n" PING;

static const struct parse_limits tight = {.bulk_max = 1000,
                                          .arg_max = 36,
                                          .request_max = 120,
                                          .args_max = 20,
                                          .inline_max = 80,
                                          .authenticated = true};

static void a_rich_stream_cut_once_and_twice(void **state) {
    (void)state;
    const size_t len = sizeof(rich) - 1;
    struct transcript whole = stream_run(rich, len, &tight, tight.args_max, NULL, 0);
    static const char text[] =
        "request 3: 3=SET 3=key 5=value\n" PINGED "request 5: 3=SET 3=a b 3=c'd 2=\\x 2=A\n\n"
        "request 0:\nrequest 0:\nrequest 0:\nrequest 0:\n"
        "request 2: 4=ECHO 15=\0\r\n*1\r\n$4\r\nPIN\xff\n"
        "request 2: 0= 0=\n"
        "too long: 60 of 87\n" PINGED "too long: 0 of 137\n" PINGED PINGED
        "request 12: 1=a 1=b 1=c 1=d 1=e 1=f 1=g 1=h 1=i 1=j 1=k 1=l\n"
        "too long: 40 of 47\n" PINGED "error: Protocol error: invalid bulk length\n";
    if (whole.len != sizeof(text) - 1 || memcmp(whole.data, text, whole.len) != 0) {
        print_error("%zu bytes:\n", whole.len);
        fwrite(whole.data, 1, whole.len, stderr);
        fail();
    }
    expect_same_however_cut(rich, len, &tight, &whole);
    for (size_t first = 0; first <= len; first++) {
        for (size_t second = first; second <= len; second++) {
            const size_t cuts[] = {first, second};
            expect_same(&whole, stream_run(rich, len, &tight, 2, cuts, 2), "cut twice from", first);
        }
    }
    transcript_free(&whole);
}

/* Pieces of every kind, glued together and damaged: what is legal often, and nearly legal always.
 */
static size_t random_stream(struct prng *prng, u8 *out, size_t room) {
    static const struct bytes words[] = {
#define WORD(text) {(const u8 *)(text), sizeof(text) - 1}
        WORD(PING),
        WORD("*1\r\n"),
        WORD("*2\r\n"),
        WORD("*3\r\n"),
        WORD("*0\r\n"),
        WORD("*12\r\n"),
        WORD("*-1\r\n"),
        WORD("$0\r\n\r\n"),
        WORD("$1\r\na\r\n"),
        WORD("$1\r\nb\r\n"),
        WORD("$3\r\nSET\r\n"),
        WORD("$10\r\n0123456789\r\n"),
        WORD("$4\r\n\r\n\r\n\r\n"),
        WORD("$40\r\n0123456789012345678901234567890123456789\r\n"),
        WORD("$-1\r\n"),
        WORD("$007\r\n"),
        WORD("*99\r\n"),
        WORD("$999\r\n"),
        WORD("PING\r\n"),
        WORD("PING \"a b\"\n"),
        WORD("\"a\\x41\\n\" 'b\\'' c\r\n"),
        WORD("\r\n"),
        WORD("\""),
        WORD(" "),
        WORD("\n"),
        WORD("*"),
        WORD("$"),
        WORD("1"),
        WORD("\r"),
        WORD("\0"),
        WORD("aaaaaaaaaaaaaaaaaaaaaaaaaaaa")
#undef WORD
    };
    size_t len = 0;
    const u64 count = 1 + prng_below(prng, 30);
    for (u64 i = 0; i < count; i++) {
        const struct bytes word = words[prng_below(prng, KV_ARRAY_LENGTH(words))];
        if (len + word.len > room) break;
        memcpy(out + len, word.data, word.len);
        len += word.len;
    }
    const u64 damages = prng_below(prng, 3) == 0 ? prng_below(prng, 4) : 0;
    for (u64 i = 0; i < damages; i++)
        out[prng_below(prng, len)] = (u8)prng_below(prng, 256);
    return len;
}

static struct parse_limits random_limits(struct prng *prng) {
    static const u64 bulk[] = {1000, 100, 5};
    static const u64 arg[] = {1000, 20, 3, 0};
    static const u64 request[] = {10000, 60, 25, 5};
    static const u32 args[] = {100, 12, 2, 1};
    static const u32 line[] = {1000, 30, 10, 3};
    return (struct parse_limits){.bulk_max = bulk[prng_below(prng, 3)],
                                 .arg_max = arg[prng_below(prng, 4)],
                                 .request_max = request[prng_below(prng, 4)],
                                 .args_max = args[prng_below(prng, 4)],
                                 .inline_max = line[prng_below(prng, 4)],
                                 .authenticated = prng_below(prng, 4) > 0};
}

static void random_streams_cut_at_random(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 7);
    u8 stream[2048];
    for (u32 round = 0; round < 20000; round++) {
        const size_t len = random_stream(&prng, stream, sizeof(stream));
        const struct parse_limits limits = prng_below(&prng, 2) == 0 ? roomy : random_limits(&prng);
        struct transcript whole = stream_run(stream, len, &limits, limits.args_max, NULL, 0);
        size_t cuts[2048];
        size_t count = 0;
        const u64 step = 1 + prng_below(&prng, 40);
        for (size_t at = 0; at < len; at += 1 + prng_below(&prng, step))
            cuts[count++] = at;
        const u32 argv_first = (u32)prng_below(&prng, limits.args_max + 1);
        expect_same(&whole, stream_run(stream, len, &limits, argv_first, cuts, count), "round",
                    round);
        transcript_free(&whole);
    }
}

static void random_bytes_never_crash(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 11);
    static const char alphabet[] = "*$0123456789-\r\n\r\n\r\n \"'\\xa";
    u8 stream[256];
    for (u32 round = 0; round < 20000; round++) {
        const size_t len = prng_below(&prng, sizeof(stream));
        const bool any = prng_below(&prng, 4) == 0;
        for (size_t i = 0; i < len; i++) {
            stream[i] = any ? (u8)prng_below(&prng, 256)
                            : (u8)alphabet[prng_below(&prng, sizeof(alphabet) - 1)];
        }
        const struct parse_limits limits = random_limits(&prng);
        const size_t cut = prng_below(&prng, len + 1);
        struct transcript whole = stream_run(stream, len, &limits, limits.args_max, NULL, 0);
        expect_same(&whole, stream_run(stream, len, &limits, 0, &cut, 1), "round", round);
        transcript_free(&whole);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_requests),
        cmocka_unit_test(takes_any_byte_in_an_argument),
        cmocka_unit_test(takes_lengths_of_every_number_of_digits),
        cmocka_unit_test(leaves_out_requests_without_arguments),
        cmocka_unit_test(does_not_check_what_redis_does_not_check),
        cmocka_unit_test(refuses_a_broken_count),
        cmocka_unit_test(refuses_a_broken_length),
        cmocka_unit_test(wants_a_dollar),
        cmocka_unit_test(limits_the_number_of_arguments),
        cmocka_unit_test(limits_strangers),
        cmocka_unit_test(limits_strangers_whose_request_is_complete),
        cmocka_unit_test(limits_lines),
        cmocka_unit_test(limits_lines_as_redis_does_by_default),
        cmocka_unit_test(splits_inline_requests),
        cmocka_unit_test(undoes_quotes),
        cmocka_unit_test(undoes_escapes),
        cmocka_unit_test(refuses_unbalanced_quotes),
        cmocka_unit_test(skips_arguments_that_are_too_long),
        cmocka_unit_test(skips_requests_that_are_too_long),
        cmocka_unit_test(keeps_nothing_of_what_it_skips),
        cmocka_unit_test(says_how_many_bytes_are_still_to_come_while_skipping),
        cmocka_unit_test(says_how_many_bytes_are_needed),
        cmocka_unit_test(wants_a_longer_array),
        cmocka_unit_test(tells_errors_before_it_wants_a_longer_array),
        cmocka_unit_test(survives_limits_that_change_in_between),
        cmocka_unit_test(arguments_lie_in_the_input),
        cmocka_unit_test(a_long_request_in_many_pieces_is_scanned_once),
        cmocka_unit_test(a_rich_stream_cut_once_and_twice),
        cmocka_unit_test(random_streams_cut_at_random),
        cmocka_unit_test(random_bytes_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
