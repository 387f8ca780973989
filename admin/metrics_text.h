/* metrics_text.h: the two text formats in which Prometheus takes metrics: its own, version 0.0.4,
 * and OpenMetrics 1.0.0. They differ in how the lines before the samples name counters and infos,
 * and in how the page ends.
 *
 * What is written is ASCII, does not depend on a locale and allocates nothing. Each `_max` is a
 * bound of what its namesake writes in either format.
 */
#ifndef KV_ADMIN_METRICS_TEXT_H
#define KV_ADMIN_METRICS_TEXT_H

#include "kv/text.h"

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_HISTOGRAM, METRIC_INFO, METRIC_TYPES };

struct exposition {
    struct text *out;
    bool openmetrics;
};

/* A label with its value as it is, before anything is escaped; `max` bounds its bytes on the page.
 */
struct metric_label {
    const char *name; /* NULL: no label */
    const char *value;
    u32 max;
};

/* HELP and TYPE of a family; `name` with the ending of its samples: _total, _info. `help` is a
 * literal without backslash, quote and newline. */
void exposition_head(const struct exposition *page, const char *name, enum metric_type type,
                     const char *help);
u64 exposition_head_max(const char *name, const char *help);

/* A sample line: value / 10^decimals under `name`, `suffix` and one label at most. */
void exposition_sample(const struct exposition *page, const char *name, const char *suffix,
                       struct metric_label label, u64 value, u32 decimals);
/* Of a label whose name has `label_name_len` bytes and its value at most `label_max`; of none when
 * both are zero. */
u64 exposition_sample_max(const char *name, const char *suffix, u64 label_name_len, u64 label_max);

/* A histogram's samples: `buckets` are counts for each bound and one for all above; the counts on
 * the page are sums, which stay at the largest number instead of beginning anew. */
struct metric_buckets {
    const u64 *bounds;
    u32 bound_count;
    u32 decimals; /* of the bounds and of the sum */
};
void exposition_histogram(const struct exposition *page, const char *name,
                          const struct metric_buckets *shape, struct metric_label label,
                          const u64 *buckets, u64 sum);
u64 exposition_histogram_max(const char *name, const struct metric_buckets *shape,
                             u64 label_name_len, u64 label_max);

/* An info's sample: any labels, and 1. */
void exposition_info(const struct exposition *page, const char *name,
                     const struct metric_label *labels, u32 count);

/* The end of the page. */
void exposition_end(const struct exposition *page);
u64 exposition_end_max(void);

/* value / 10^decimals with all its digits. `decimals` is at most 19. */
void metric_number(struct text *out, u64 value, u32 decimals);
#define METRIC_NUMBER_MAX 21
/* The same as a bucket's bound: a number of one form only ("2.5e-07", "0.0001", "64.0"), because a
 * bound in another form is another series. `value` is not zero. */
void metric_bound(struct text *out, u64 value, u32 decimals);
/* Escapes a label's value; ends before the first character that would make it longer than `max`. */
void metric_escape(struct text *out, const char *value, u32 max);

#endif
