/* Which format an Accept header asks for: what real clients send, what RFC 9110 says, and garbage.
 */
#include <stdlib.h>

#include "kv/prng.h"

#include "../../../admin/accept.h"
#include "../unit.h"

#define OPENMETRICS "application/openmetrics-text"

struct example {
    const char *accept;
    bool openmetrics;
};

static void expect_all(const struct example *examples, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (accept_prefers_openmetrics(examples[i].accept) != examples[i].openmetrics)
            fail_msg("\"%s\" should%s prefer OpenMetrics", examples[i].accept,
                     examples[i].openmetrics ? "" : " not");
    }
}

/* Beside each, who sends it. */
static void what_clients_send(void **state) {
    (void)state;
    static const struct example examples[] = {
        /* Prometheus 2.5 to 2.40, which knew a draft of OpenMetrics only */
        {OPENMETRICS "; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", false},
        /* Prometheus 2.41 */
        {OPENMETRICS ";version=1.0.0," OPENMETRICS
                     ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         true},
        /* Prometheus 2.49 with protobuf for native histograms */
        {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
         "encoding=delimited;q=0.6," OPENMETRICS ";version=1.0.0;q=0.5," OPENMETRICS
         ";version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
         true},
        /* Prometheus 3 */
        {OPENMETRICS ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPENMETRICS
                     ";version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                     "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
         true},
        /* Prometheus 3 with scrape_protocols: [PrometheusText0.0.4] */
        {"text/plain;version=0.0.4;q=0.3,*/*;q=0.2", false},
        /* Prometheus 1 */
        {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
         "encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
         false},
        /* VictoriaMetrics and its agent */
        {"text/plain;version=0.0.4;q=1,*/*;q=0.1", false},
        /* curl, Python, Go, wget */
        {"*/*", false},
        {"", false},
        {NULL, false},
        /* Firefox, Chromium */
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
         false},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
         "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
         false},
    };
    expect_all(examples, KV_ARRAY_LENGTH(examples));
}

static void weights_decide(void **state) {
    (void)state;
    static const struct example examples[] = {
        {OPENMETRICS, true},
        {OPENMETRICS ",text/plain", true},
        {"text/plain," OPENMETRICS, true},
        {OPENMETRICS ";q=0.5,text/plain", false},
        {OPENMETRICS ";q=0.5,text/plain;q=0.5", true},
        {OPENMETRICS ";q=0.5,text/plain;q=0.501", false},
        {OPENMETRICS ";q=0.501,text/plain;q=0.5", true},
        {OPENMETRICS ";q=0.001", true},
        {OPENMETRICS ";q=1.000,text/plain;q=1", true},
        {OPENMETRICS ";q=0", false},
        {OPENMETRICS ";q=0.000,text/plain;q=0", false},
        {OPENMETRICS ";q=0.2,text/plain;q=0", true},
        /* Digits beyond the third are more than allowed, and understood. */
        {OPENMETRICS ";q=0.3333333333333333333333,text/plain;q=0.33", true},
        {OPENMETRICS ";q=0.33,text/plain;q=0.3333333333333333333333", false},
        {OPENMETRICS ";q=0.,text/plain;q=0.5", false},
        {OPENMETRICS ";q=1.,text/plain;q=0.5", true},
        /* Of two that say the same, the kinder one. */
        {OPENMETRICS ";q=0.1," OPENMETRICS ";q=0.9,text/plain;q=0.5", true},
        {OPENMETRICS ";q=0.9," OPENMETRICS ";q=0.1,text/plain;q=0.5", true},
    };
    expect_all(examples, KV_ARRAY_LENGTH(examples));
}

static void the_more_specific_range_counts(void **state) {
    (void)state;
    static const struct example examples[] = {
        {OPENMETRICS ";q=0.5,*/*;q=0.4", true},
        {OPENMETRICS ";q=0.5,*/*", false},
        {OPENMETRICS ";q=0.5,text/*;q=0.6", false},
        {OPENMETRICS ";q=0.5,text/*;q=0.4,*/*", true},
        {OPENMETRICS ";q=0.5,text/plain;q=0.4,text/*,*/*", true},
        {"text/*,*/*,text/plain;q=0.4," OPENMETRICS ";q=0.5", true},
        {OPENMETRICS ";q=0.5,text/plain;version=0.0.4;q=0.4,text/plain", true},
        {OPENMETRICS ";q=0.5,text/plain;version=0.0.4;q=0.6,text/plain;q=0.1", false},
        {OPENMETRICS ";version=1.0.0;q=0," OPENMETRICS, false},
        {OPENMETRICS ";version=1.0.0," OPENMETRICS ";q=0", true},
        /* Wildcards do not mean OpenMetrics. */
        {"application/*", false},
        {"application/*,text/plain;q=0.1", false},
        {"*/*,text/plain;q=0", false},
    };
    expect_all(examples, KV_ARRAY_LENGTH(examples));
}

static void only_known_versions_count(void **state) {
    (void)state;
    static const struct example examples[] = {
        {OPENMETRICS ";version=1.0.0", true},
        {OPENMETRICS ";version=\"1.0.0\"", true},
        {OPENMETRICS ";charset=utf-8;version=1.0.0", true},
        {OPENMETRICS ";version=1.0.0;charset=\"a,b;c\\\"d\",text/plain;q=0.5", true},
        {OPENMETRICS ";version=0.0.1", false},
        {OPENMETRICS ";version=2.0.0", false},
        {OPENMETRICS ";version=1.0.00", false},
        {OPENMETRICS ";version=", false},
        {OPENMETRICS ";version=0.0.1," OPENMETRICS ";q=0.5", true},
        /* A text format that is not this one has no say. */
        {OPENMETRICS ";q=0.5,text/plain;version=1.0.0", true},
        {OPENMETRICS ";q=0.5,text/plain;version=0.0.4", false},
    };
    expect_all(examples, KV_ARRAY_LENGTH(examples));
}

static void case_and_space_do_not_count(void **state) {
    (void)state;
    static const struct example examples[] = {
        {"Application/OpenMetrics-TEXT; Version=1.0.0; Q=0.5 , Text/Plain ; q=0.4", true},
        {" \t" OPENMETRICS "\t ;\t q=0.5 ,\ttext/plain;  Q=0.6", false},
        {",, ," OPENMETRICS ",,", true},
        {OPENMETRICS ";", true},
        {OPENMETRICS ";;q=0.2;,text/plain;q=0.3", false},
    };
    expect_all(examples, KV_ARRAY_LENGTH(examples));
}

static void a_malformed_range_does_not_count(void **state) {
    (void)state;
    static const struct example examples[] = {
        {OPENMETRICS ";q", false},
        {OPENMETRICS ";q=", false},
        {OPENMETRICS ";q=.5", false},
        {OPENMETRICS ";q=-1", false},
        {OPENMETRICS ";q=2", false},
        {OPENMETRICS ";q=1.001", false},
        {OPENMETRICS ";q=1.0001", false},
        {OPENMETRICS ";q=00", false},
        {OPENMETRICS ";q=0x1", false},
        {OPENMETRICS ";q=1e0", false},
        {OPENMETRICS ";q=\"1\"", false},
        {OPENMETRICS ";q = 1", false},
        {OPENMETRICS ";q=0.5.5", false},
        {OPENMETRICS " text/plain", false},
        {OPENMETRICS "/1", false},
        {"openmetrics-text", false},
        {"application/openmetrics", false},
        {"application/ openmetrics-text", false},
        {"\"" OPENMETRICS "\"", false},
        {"\"," OPENMETRICS, false},
        {"\\", false},
        {"\"\\", false},
        {";,;,=;q=,", false},
        {"/", false},
        /* The others go on as if it were not there. */
        {OPENMETRICS ";q=0.5,text/plain;q=9", true},
        {OPENMETRICS ";q=nan,text/plain;q=0.1", false},
        {"text/plain;q=oops;version=0.0.4," OPENMETRICS ";q=0.1", true},
    };
    expect_all(examples, KV_ARRAY_LENGTH(examples));
}

/* Only so much of a header is looked at, whatever comes after. */
static void a_long_header_is_read_to_a_bound(void **state) {
    (void)state;
    const size_t long_size = 1u << 20;
    char *header = malloc(long_size);
    assert_non_null(header);
    memset(header, ',', long_size - 1);
    header[long_size - 1] = '\0';
    memcpy(header, OPENMETRICS, strlen(OPENMETRICS));
    assert_true(accept_prefers_openmetrics(header));
    memset(header, ',', strlen(OPENMETRICS));
    memcpy(header + ACCEPT_BYTES_MAX - strlen(OPENMETRICS), OPENMETRICS, strlen(OPENMETRICS));
    assert_true(accept_prefers_openmetrics(header));
    memset(header, ',', long_size - 1);
    memcpy(header + ACCEPT_BYTES_MAX, OPENMETRICS, strlen(OPENMETRICS));
    assert_false(accept_prefers_openmetrics(header));
    memset(header, '"', long_size - 1);
    assert_false(accept_prefers_openmetrics(header));
    free(header);
}

/* -- random headers -- */

/* Pieces of headers put together at random, each in a block of exactly its size, so that a
 * sanitizer sees a byte too much. */
static u32 make_garbage(struct prng *prng, char *out, u32 size) {
    static const char *const pieces[] = {
        OPENMETRICS, "text/plain", "text/*", "*/*", ";q=",     "0.",  "0.5", "1",   ";", ",",
        "=",         "\"",         "\\",     " ",   "version", "1.0", ".0",  "q=1", "/", "\t",
    };
    u32 len = 0;
    const u32 count = (u32)prng_below(prng, 30);
    for (u32 i = 0; i < count; i++) {
        const char *piece = pieces[prng_below(prng, KV_ARRAY_LENGTH(pieces))];
        char stranger[2] = {(char)(1 + prng_below(prng, 255)), '\0'};
        if (prng_below(prng, 8) == 0) piece = stranger;
        if (len + strlen(piece) >= size) break;
        memcpy(out + len, piece, strlen(piece));
        len += (u32)strlen(piece);
    }
    out[len] = '\0';
    return len;
}

static void garbage_is_decided_too(void **state) {
    (void)state;
    struct prng prng;
    prng_init(&prng, 3);
    u32 preferred = 0;
    for (u32 round = 0; round < 100000; round++) {
        char header[512];
        const u32 len = make_garbage(&prng, header, sizeof(header));
        char *exact = malloc(len + 1);
        assert_non_null(exact);
        memcpy(exact, header, len + 1);
        const bool answer = accept_prefers_openmetrics(exact);
        /* The answer depends on the header alone, and it is never yes without the name. */
        assert_int_equal(accept_prefers_openmetrics(header), answer);
        if (answer) assert_non_null(strstr(header, OPENMETRICS));
        preferred += answer;
        free(exact);
    }
    assert_true(preferred > 100 && preferred < 50000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_clients_send),
        cmocka_unit_test(weights_decide),
        cmocka_unit_test(the_more_specific_range_counts),
        cmocka_unit_test(only_known_versions_count),
        cmocka_unit_test(case_and_space_do_not_count),
        cmocka_unit_test(a_malformed_range_does_not_count),
        cmocka_unit_test(a_long_header_is_read_to_a_bound),
        cmocka_unit_test(garbage_is_decided_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
