/* LATENCY: what held up the server, and how long commands take. */
#include "kv/call.h"
#include "kv/text.h"

#define GRAPH_COLUMNS 80u
#define GRAPH_ROWS 4u
#define GRAPH_LABEL_MAX 12u

/* The kind of that name, in its case; LATENCY_EVENT_COUNT when there is none. */
static enum latency_event find_event(struct bytes name) {
    u32 event = 0;
    while (event < LATENCY_EVENT_COUNT &&
           !bytes_equal(name, bytes_of_string(latency_event_name((enum latency_event)event))))
        event++;
    return (enum latency_event)event;
}

static const struct latency_series *series_at(const struct engine *engine, u32 event) {
    return &engine->latency->series[event];
}

void command_latency_latest(struct call *call) {
    u64 count = 0;
    for (u32 i = 0; i < LATENCY_EVENT_COUNT; i++)
        count += series_at(call->engine, i)->count > 0;
    reply_array(&call->reply, count);
    for (u32 i = 0; i < LATENCY_EVENT_COUNT; i++) {
        const struct latency_series *series = series_at(call->engine, i);
        if (series->count == 0) continue;
        const struct latency_sample last = latency_sample_at(series, series->count - 1);
        reply_array(&call->reply, 4);
        reply_bulk_string(&call->reply, latency_event_name((enum latency_event)i));
        reply_integer(&call->reply, last.unix_s);
        reply_integer(&call->reply, last.ms);
        reply_integer(&call->reply, series->max_ms);
    }
}

void command_latency_history(struct call *call) {
    const enum latency_event event = find_event(call->argv[2]);
    if (event == LATENCY_EVENT_COUNT) {
        reply_array(&call->reply, 0);
        return;
    }
    const struct latency_series *series = series_at(call->engine, event);
    reply_array(&call->reply, series->count);
    for (u32 i = 0; i < series->count; i++) {
        const struct latency_sample sample = latency_sample_at(series, i);
        reply_array(&call->reply, 2);
        reply_integer(&call->reply, sample.unix_s);
        reply_integer(&call->reply, sample.ms);
    }
}

void command_latency_reset(struct call *call) {
    i64 count = 0;
    for (u32 i = 0; i < LATENCY_EVENT_COUNT; i++) {
        bool chosen = call->argc == 2;
        for (u32 j = 2; j < call->argc; j++)
            chosen |= find_event(call->argv[j]) == i;
        if (!chosen || series_at(call->engine, i)->count == 0) continue;
        latency_reset(call->engine->latency, (enum latency_event)i);
        count++;
    }
    reply_integer(&call->reply, count);
}

/* -- GRAPH -- */

/* A row of columns, of which each has a height of up to GRAPH_ROWS x 3 levels and a label. */
struct graph {
    u32 level[GRAPH_COLUMNS];
    char label[GRAPH_COLUMNS][GRAPH_LABEL_MAX];
    u32 columns;
};

static void format_age(char out[GRAPH_LABEL_MAX], u64 age_s) {
    struct text text;
    text_init(&text, out, GRAPH_LABEL_MAX);
    if (age_s < 60) {
        text_printf(&text, "%us", (u32)age_s);
    } else if (age_s < 3600) {
        text_printf(&text, "%um", (u32)(age_s / 60));
    } else if (age_s < 86400) {
        text_printf(&text, "%uh", (u32)(age_s / 3600));
    } else {
        text_printf(&text, "%ud", (u32)(age_s / 86400));
    }
}

/* Samples from `first` on; heights between the lowest and the highest of the whole series. */
static void graph_fill(struct graph *graph, const struct latency_series *series, u32 first,
                       const struct latency_analysis *analysis, u64 now_s) {
    const u32 levels = GRAPH_ROWS * 3;
    const u64 range = u32_max(analysis->high_ms - analysis->low_ms, 1);
    graph->columns = u32_min(series->count - first, GRAPH_COLUMNS);
    for (u32 i = 0; i < graph->columns; i++) {
        const struct latency_sample sample = latency_sample_at(series, first + i);
        const u64 level = (u64)(sample.ms - analysis->low_ms) * levels / range;
        graph->level[i] = (u32)u64_min(level, levels - 1);
        format_age(graph->label[i], now_s > sample.unix_s ? now_s - sample.unix_s : 0);
    }
}

static char graph_glyph(u32 level, u32 row) {
    const u32 below = (GRAPH_ROWS - 1 - row) * 3;
    if (level < below) return ' ';
    return level - below < 3 ? "_o#"[level - below] : '|';
}

/* The columns, an empty line, and the labels from top to bottom. */
static void graph_print(const struct graph *graph, struct text *text) {
    char line[GRAPH_COLUMNS];
    for (u32 row = 0; row < GRAPH_ROWS; row++) {
        for (u32 i = 0; i < graph->columns; i++)
            line[i] = graph_glyph(graph->level[i], row);
        text_append(text, bytes_of(line, graph->columns));
        text_printf(text, "\n");
    }
    text_printf(text, "%*s\n", (int)graph->columns, "");
    for (u32 row = 0; row < GRAPH_LABEL_MAX; row++) {
        bool any = false;
        for (u32 i = 0; i < graph->columns; i++) {
            const bool has = row < strlen(graph->label[i]);
            line[i] = has ? graph->label[i][row] : ' ';
            any |= has;
        }
        if (!any) return;
        text_append(text, bytes_of(line, graph->columns));
        text_printf(text, "\n");
    }
}

void command_latency_graph(struct call *call) {
    struct engine *engine = call->engine;
    const u64 now_s = engine->wall_us / 1000000;
    const enum latency_event event = find_event(call->argv[2]);
    if (event == LATENCY_EVENT_COUNT || series_at(engine, event)->count == 0) {
        call_errorf(call, "ERR No samples available for event '%.*s'",
                    (int)u64_min(call->argv[2].len, 128), (const char *)call->argv[2].data);
        return;
    }
    const struct latency_series *series = series_at(engine, event);
    struct latency_analysis analysis;
    struct graph graph;
    struct text text;
    latency_analyse(series, now_s, &analysis);
    text_init(&text, engine->text, ENGINE_TEXT_BYTES);
    text_printf(&text, "%s - high %u ms, low %u ms (all time high %u ms)\n",
                latency_event_name(event), analysis.high_ms, analysis.low_ms, series->max_ms);
    for (u32 i = 0; i < GRAPH_COLUMNS; i++)
        text_printf(&text, "-");
    text_printf(&text, "\n");
    for (u32 first = 0; first < series->count; first += GRAPH_COLUMNS) {
        if (first > 0) text_printf(&text, "\n");
        graph_fill(&graph, series, first, &analysis, now_s);
        graph_print(&graph, &text);
    }
    reply_verbatim(&call->reply, "txt", bytes_of(text.data, text.len));
}

/* -- DOCTOR -- */

static const char *const advice[LATENCY_EVENT_COUNT] = {
    [LATENCY_COMMAND] =
        "Commands whose time grows with what they are given or answer: SLOWLOG GET shows which. "
        "Ask for less at once (LRANGE in parts, SCAN instead of KEYS), or in a quieter hour.",
    [LATENCY_FAST_COMMAND] =
        "Commands that take constant time were slow, so the time was not theirs: look whether the "
        "host gives this process its CPU (other processes, a container's quota, a hypervisor).",
    [LATENCY_EXPIRE_CYCLE] =
        "Many keys expired at the same moment. The work of one turn is bounded, so this too may be "
        "the host's; spread deadlines by a random part all the same.",
    [LATENCY_EVICTION_CYCLE] = "Room was made in a full store while clients waited: raise "
                               "store-memory or memory, or lower "
                               "the rate at which new keys come.",
};

static void diagnose(const struct engine *engine, struct text *text) {
    const u64 now_s = engine->wall_us / 1000000;
    for (u32 i = 0; i < LATENCY_EVENT_COUNT; i++) {
        const struct latency_series *series = series_at(engine, i);
        struct latency_analysis analysis;
        if (series->count == 0) continue;
        latency_analyse(series, now_s, &analysis);
        text_printf(text,
                    "\n%s: %u times (mean %u ms, mean deviation %u ms, one in %.2f s), at most %u "
                    "ms.\n- %s\n",
                    latency_event_name((enum latency_event)i), series->count, analysis.mean_ms,
                    analysis.deviation_ms, analysis.period_s, series->max_ms, advice[i]);
    }
    if ((i64)engine->options.slowlog_slower_us < 0)
        text_printf(text, "\nThe slow log is off: CONFIG SET slowlog-log-slower-than 10000 lets it "
                          "keep what takes 10 ms and more.\n");
    if (!engine->options.huge_pages)
        text_printf(text, "\nhuge-pages is off: look-ups in a large store take longer.\n");
    if (!engine->options.memory_lock)
        text_printf(text,
                    "\nmemory-lock is off: if the host swaps, a command may wait for a disk.\n");
}

void command_latency_doctor(struct call *call) {
    struct engine *engine = call->engine;
    struct text text;
    u64 samples = 0;
    for (u32 i = 0; i < LATENCY_EVENT_COUNT; i++)
        samples += series_at(engine, i)->count;
    text_init(&text, engine->text, ENGINE_TEXT_BYTES);
    if (samples == 0 && engine->options.latency_threshold_ms == 0) {
        text_printf(&text, "Nothing is noted, for latency-monitor-threshold is 0. To note what "
                           "holds up the server for 10 ms and more: CONFIG SET "
                           "latency-monitor-threshold 10\n");
    } else if (samples == 0) {
        text_printf(&text,
                    "Nothing has held up the server for %llu ms (latency-monitor-threshold) "
                    "since this was last reset.\n",
                    (unsigned long long)engine->options.latency_threshold_ms);
    } else {
        text_printf(&text, "The server was held up:\n");
        diagnose(engine, &text);
    }
    reply_verbatim(&call->reply, "txt", bytes_of(text.data, text.len));
}

/* -- HISTOGRAM -- */

/* The bucket's bound in microseconds, as the power of two that is not below it: so what is said of
 * it is true. The last bucket counts to the last bound, as Redis has it for what is above a second.
 */
static u64 bound_us(u32 bucket) {
    const u64 ns = duration_bounds[u32_min(bucket, DURATION_BOUND_COUNT - 1)];
    u64 us = 1;
    while (us * 1000 < ns)
        us *= 2;
    return us;
}

/* Buckets of one bound count as one; those with nothing in them are left out. */
static bool ends_bound(u32 bucket) {
    return bucket + 1 == DURATION_BUCKETS || bound_us(bucket + 1) != bound_us(bucket);
}

static u32 count_bounds(const struct duration_histogram *histogram) {
    u32 count = 0;
    u64 here = 0;
    for (u32 i = 0; i < DURATION_BUCKETS; i++) {
        here += histogram->bucket[i];
        if (!ends_bound(i)) continue;
        count += here > 0;
        here = 0;
    }
    return count;
}

static void reply_histogram(struct call *call, u32 id) {
    const struct command_stats *row = &call->engine->stats.commands[id];
    struct reply *reply = &call->reply;
    u64 sum = 0;
    u64 said = 0;
    reply_bulk_string(reply, command_at(id)->full_name);
    reply_map(reply, 2);
    reply_bulk_string(reply, "calls");
    reply_integer(reply, (i64)row->calls);
    reply_bulk_string(reply, "histogram_usec");
    reply_map(reply, count_bounds(&row->durations));
    for (u32 i = 0; i < DURATION_BUCKETS; i++) {
        sum += row->durations.bucket[i];
        if (!ends_bound(i) || sum == said) continue;
        reply_integer(reply, (i64)bound_us(i));
        reply_integer(reply, (i64)sum);
        said = sum;
    }
}

/* The command of argument i, and its subcommands when it has any: *count of them from *first. */
static void find_range(const struct call *call, u32 i, u32 *first, u32 *count) {
    const struct command *command = command_find_full(&call->engine->lookup, call->argv[i]);
    *count = 0;
    if (command == NULL) return;
    *first = command->id;
    *count = 1;
    while (*first + *count < COMMAND_COUNT && command_at(*first + *count)->parent == command->id)
        ++*count;
}

/* Visits the commands that were called: counts them, or replies with them. */
static u64 walk_histograms(struct call *call, bool replies) {
    u64 shown = 0;
    const u32 ranges = call->argc == 2 ? 1 : call->argc - 2;
    for (u32 i = 0; i < ranges; i++) {
        u32 first = 0;
        u32 count = COMMAND_COUNT;
        if (call->argc > 2) find_range(call, 2 + i, &first, &count);
        for (u32 id = first; id < first + count; id++) {
            if (call->engine->stats.commands[id].calls == 0) continue;
            if (replies) reply_histogram(call, id);
            shown++;
        }
    }
    return shown;
}

void command_latency_histogram(struct call *call) {
    reply_map(&call->reply, walk_histograms(call, false));
    walk_histograms(call, true);
}
