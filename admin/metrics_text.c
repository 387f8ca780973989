/* The formats: https://prometheus.io/docs/instrumenting/exposition_formats/ and the OpenMetrics
 * specification 1.0.0. */
#include "metrics_text.h"

#include "kv/assert.h"
#include "kv/number.h"

typedef unsigned long long ull;

#define DECIMALS_MAX 19u
/* The bytes of `{` and `}`, of `="` and `",`, and of the space before a value and the line's end.
 */
#define BRACES_BYTES 2u
#define LABEL_BYTES 4u
#define VALUE_BYTES 2u

static const char END[] = "# EOF\n";

static const char *const TYPE_NAMES[METRIC_TYPES] = {
    [METRIC_GAUGE] = "gauge",
    [METRIC_COUNTER] = "counter",
    [METRIC_HISTOGRAM] = "histogram",
    [METRIC_INFO] = "info",
};

/* The part of a sample's name that OpenMetrics leaves out where it names the family. */
static const char *const TYPE_ENDINGS[METRIC_TYPES] = {
    [METRIC_GAUGE] = "",
    [METRIC_COUNTER] = "_total",
    [METRIC_HISTOGRAM] = "",
    [METRIC_INFO] = "_info",
};

static void append(struct text *out, const char *string) {
    text_append(out, bytes_of_string(string));
}

static u64 power_of_ten(u32 exponent) {
    u64 power = 1;
    for (u32 i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

/* -- numbers -- */

void metric_number(struct text *out, u64 value, u32 decimals) {
    kv_assert(decimals <= DECIMALS_MAX);
    const u64 unit = power_of_ten(decimals);
    if (decimals == 0)
        text_printf(out, "%llu", (ull)value);
    else
        text_printf(out, "%llu.%0*llu", (ull)(value / unit), (int)decimals, (ull)(value % unit));
}

/* The form is that of Go's 'g' with the fewest digits, which the specification makes the canonical
 * one: an exponent below 10^-4, and ".0" for whole numbers. */
void metric_bound(struct text *out, u64 value, u32 decimals) {
    kv_assert(value > 0 && decimals <= DECIMALS_MAX);
    while (value % 10 == 0 && decimals > 0) {
        value /= 10;
        decimals--;
    }
    const u32 digits = number_digits_u64(value);
    if (decimals < digits + 4) {
        metric_number(out, value, decimals);
        if (decimals == 0) append(out, ".0");
        return;
    }
    const u64 unit = power_of_ten(digits - 1);
    text_printf(out, "%llu", (ull)(value / unit));
    if (digits > 1) text_printf(out, ".%0*llu", (int)digits - 1, (ull)(value % unit));
    text_printf(out, "e-%02u", decimals - (digits - 1));
}

static u64 bound_length(u64 value, u32 decimals) {
    char buffer[2 * NUMBER_TEXT_MAX];
    struct text text;
    text_init(&text, buffer, sizeof(buffer));
    metric_bound(&text, value, decimals);
    kv_assert(!text.overflow);
    return text.len;
}

/* -- labels -- */

void metric_escape(struct text *out, const char *value, u32 max) {
    u32 left = max;
    for (const char *c = value; *c != '\0'; c++) {
        /* A page that is not UTF-8 is refused as a whole, and what is cut might not be. */
        const bool plain = *c >= ' ' && *c <= '~';
        char piece[] = {plain ? *c : '?', '\0', '\0'};
        if (*c == '\\' || *c == '"' || *c == '\n') {
            piece[0] = '\\';
            piece[1] = *c == '\n' ? 'n' : *c;
        }
        const u32 len = piece[1] == '\0' ? 1 : 2;
        if (len > left) return;
        text_append(out, bytes_of(piece, len));
        left -= len;
    }
}

static void write_label(struct text *out, struct metric_label label) {
    append(out, label.name);
    append(out, "=\"");
    metric_escape(out, label.value, label.max);
    append(out, "\"");
}

/* -- lines -- */

void exposition_head(const struct exposition *page, const char *name, enum metric_type type,
                     const char *help) {
    const char *type_name = TYPE_NAMES[type];
    struct bytes family = bytes_of_string(name);
    if (page->openmetrics)
        family.len -= strlen(TYPE_ENDINGS[type]);
    else if (type == METRIC_INFO)
        type_name = TYPE_NAMES[METRIC_GAUGE];
    const char *const parts[] = {"HELP", help, "TYPE", type_name};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(parts); i += 2) {
        append(page->out, "# ");
        append(page->out, parts[i]);
        append(page->out, " ");
        text_append(page->out, family);
        append(page->out, " ");
        append(page->out, parts[i + 1]);
        append(page->out, "\n");
    }
}

u64 exposition_head_max(const char *name, const char *help) {
    return strlen("# HELP  \n") + strlen("# TYPE  \n") + 2 * strlen(name) + strlen(help) +
           strlen(TYPE_NAMES[METRIC_HISTOGRAM]);
}

void exposition_sample(const struct exposition *page, const char *name, const char *suffix,
                       struct metric_label label, u64 value, u32 decimals) {
    append(page->out, name);
    append(page->out, suffix);
    if (label.name != NULL) {
        append(page->out, "{");
        write_label(page->out, label);
        append(page->out, "}");
    }
    append(page->out, " ");
    metric_number(page->out, value, decimals);
    append(page->out, "\n");
}

u64 exposition_sample_max(const char *name, const char *suffix, u64 label_name_len, u64 label_max) {
    const u64 label = label_name_len == 0 ? 0 : BRACES_BYTES + LABEL_BYTES;
    return strlen(name) + strlen(suffix) + label + label_name_len + label_max + VALUE_BYTES +
           METRIC_NUMBER_MAX;
}

/* -- histograms -- */

static void write_bucket(const struct exposition *page, const char *name, struct metric_label label,
                         const struct metric_buckets *shape, u32 i, u64 count) {
    append(page->out, name);
    append(page->out, "_bucket{");
    if (label.name != NULL) {
        write_label(page->out, label);
        append(page->out, ",");
    }
    append(page->out, "le=\"");
    if (i == shape->bound_count)
        append(page->out, "+Inf");
    else
        metric_bound(page->out, shape->bounds[i], shape->decimals);
    append(page->out, "\"} ");
    metric_number(page->out, count, 0);
    append(page->out, "\n");
}

void exposition_histogram(const struct exposition *page, const char *name,
                          const struct metric_buckets *shape, struct metric_label label,
                          const u64 *buckets, u64 sum) {
    u64 count = 0;
    for (u32 i = 0; i <= shape->bound_count; i++) {
        if (__builtin_add_overflow(count, buckets[i], &count)) count = UINT64_MAX;
        write_bucket(page, name, label, shape, i, count);
    }
    exposition_sample(page, name, "_sum", label, sum, shape->decimals);
    exposition_sample(page, name, "_count", label, count, 0);
}

u64 exposition_histogram_max(const char *name, const struct metric_buckets *shape,
                             u64 label_name_len, u64 label_max) {
    const u64 line = exposition_sample_max(name, "_bucket", label_name_len, label_max) +
                     BRACES_BYTES + LABEL_BYTES + strlen("le");
    u64 bytes = line + strlen("+Inf");
    for (u32 i = 0; i < shape->bound_count; i++)
        bytes += line + bound_length(shape->bounds[i], shape->decimals);
    return bytes + exposition_sample_max(name, "_sum", label_name_len, label_max) +
           exposition_sample_max(name, "_count", label_name_len, label_max);
}

/* -- infos, and the end -- */

void exposition_info(const struct exposition *page, const char *name,
                     const struct metric_label *labels, u32 count) {
    append(page->out, name);
    for (u32 i = 0; i < count; i++) {
        append(page->out, i == 0 ? "{" : ",");
        write_label(page->out, labels[i]);
    }
    append(page->out, "} 1\n");
}

void exposition_end(const struct exposition *page) {
    if (page->openmetrics) append(page->out, END);
}

u64 exposition_end_max(void) {
    return strlen(END);
}
