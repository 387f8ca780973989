/* INFO: the report in sections, in the field names that clients and dashboards parse. */
#include <sys/utsname.h>
#include <unistd.h>

#include "kv/budget.h"
#include "kv/call.h"
#include "kv/process.h"
#include "kv/ring.h"
#include "kv/text.h"
#include "kv/version.h"

typedef unsigned long long ull;

/* "1.00M" as Redis writes sizes for people. */
static void human(char out[32], u64 bytes) {
    static const char units[] = "BKMGTP";
    double value = (double)bytes;
    u32 unit = 0;
    while (value >= 1024 && unit < sizeof(units) - 2) {
        value /= 1024;
        unit++;
    }
    struct text text;
    text_init(&text, out, 32);
    if (unit == 0) {
        text_printf(&text, "%lluB", (ull)bytes);
    } else {
        text_printf(&text, "%.2f%c", value, units[unit]);
    }
}

static void info_server(const struct engine *engine, struct text *text) {
    struct utsname os;
    uname(&os);
    u64 uptime_s = (engine->now_us - engine->stats.start_us) / 1000000;
    text_printf(text, "redis_version:%s\r\nredis_git_sha1:00000000\r\nredis_git_dirty:0\r\n",
                KV_REDIS_VERSION);
    text_printf(text, "redis_build_id:%s\r\nredis_mode:standalone\r\nkv_version:%s\r\n", KV_VERSION,
                KV_VERSION);
    text_printf(text, "kv_io_backend:%s\r\nos:%s %s %s\r\narch_bits:64\r\n",
                engine->ring->operations->name, os.sysname, os.release, os.machine);
    text_printf(text, "multiplexing_api:%s\r\nprocess_id:%d\r\nprocess_supervised:no\r\n",
                engine->ring->operations->name, (int)getpid());
    text_printf(text, "run_id:%s\r\ntcp_port:%llu\r\nserver_time_usec:%llu\r\n", engine->run_id,
                (ull)engine->options.port, (ull)engine->wall_us);
    text_printf(text, "uptime_in_seconds:%llu\r\nuptime_in_days:%llu\r\nhz:10\r\n", (ull)uptime_s,
                (ull)(uptime_s / 86400));
    text_printf(text, "configured_hz:10\r\nconfig_file:%s\r\n", engine->config_file);
}

static void info_clients(const struct engine *engine, struct text *text) {
    const struct gauge *gauge = &engine->clients.gauge;
    text_printf(text, "connected_clients:%llu\r\ncluster_connections:0\r\nmaxclients:%llu\r\n",
                (ull)gauge->used, (ull)gauge->max);
    text_printf(text, "blocked_clients:%llu\r\ntracking_clients:0\r\n",
                (ull)blocked_client_count(&engine->blocked));
    text_printf(text, "clients_in_timeout_table:%u\r\n", engine->blocked.deadline_count);
    text_printf(text, "kv_waiting_receive:%llu\r\nkv_waiting_reply:%llu\r\n",
                (ull)engine->waiting_receive, (ull)engine->waiting_reply);
}

static void info_memory(const struct engine *engine, struct text *text) {
    const struct store *store = &engine->store;
    u64 live = store_bytes_live(store);
    u64 on_pages = live - store->index.gauge.used * sizeof(u64);
    u64 used_pages = (u64)(store->pages.count - pages_free_count(&store->pages)) * PAGE_BYTES;
    u64 capacity = engine->options.store_memory;
    u64 peak = u64_max(engine->stats.live_bytes_peak, live);
    u64 rss = process_resident_bytes();
    char policy[OPTION_TEXT_MAX];
    option_get(&engine->options, option_find(bytes_of_string("maxmemory-policy")), policy);
    char text_live[32], text_rss[32], text_peak[32], text_max[32];
    human(text_live, live);
    human(text_rss, rss);
    human(text_peak, peak);
    human(text_max, capacity);
    text_printf(text, "used_memory:%llu\r\nused_memory_human:%s\r\nused_memory_rss:%llu\r\n",
                (ull)live, text_live, (ull)rss);
    text_printf(text, "used_memory_rss_human:%s\r\nused_memory_peak:%llu\r\n", text_rss, (ull)peak);
    text_printf(text, "used_memory_peak_human:%s\r\nused_memory_dataset:%llu\r\n", text_peak,
                (ull)live);
    text_printf(text, "total_system_memory:%llu\r\n",
                (ull)sysconf(_SC_PHYS_PAGES) * (ull)sysconf(_SC_PAGESIZE));
    text_printf(text, "maxmemory:%llu\r\nmaxmemory_human:%s\r\nmaxmemory_policy:%s\r\n",
                (ull)capacity, text_max, policy);
    text_printf(text, "number_of_cached_scripts:0\r\n");
    text_printf(text, "mem_fragmentation_ratio:%.2f\r\nmem_allocator:kv\r\n",
                on_pages == 0 ? 1.0 : (double)used_pages / (double)on_pages);
    text_printf(text, "kv_budget_bytes:%llu\r\nkv_pages:%llu\r\nkv_pages_free:%llu\r\n",
                (ull)budget_total(engine->budget), (ull)store->pages.count,
                (ull)pages_free_count(&store->pages));
    text_printf(text, "kv_pages_heap:%u\r\nkv_pages_tree:%u\r\nkv_pages_overflow:%u\r\n",
                store->pages.kind_count[PAGE_HEAP], store->pages.kind_count[PAGE_TREE],
                store->pages.kind_count[PAGE_OVERFLOW]);
    text_printf(text, "kv_pages_dying:%u\r\nkv_evacuations:%llu\r\nkv_splits:%llu\r\n",
                store->pages.kind_count[PAGE_DYING], (ull)store->heap.evacuations,
                (ull)store->heap.splits);
}

static void info_persistence(const struct engine *engine, struct text *text) {
    (void)engine;
    text_printf(text, "loading:0\r\nasync_loading:0\r\nrdb_bgsave_in_progress:0\r\n"
                      "aof_enabled:0\r\naof_rewrite_in_progress:0\r\n");
}

static void info_stats(const struct engine *engine, struct text *text) {
    const struct counters *counters = &engine->stats.counters;
    const struct store_counters *store = &engine->store.counters;
    text_printf(text, "total_connections_received:%llu\r\ntotal_commands_processed:%llu\r\n",
                (ull)counters->connections_received, (ull)counters->commands_processed);
    text_printf(text, "instantaneous_ops_per_sec:%llu\r\n",
                (ull)stats_rate(&engine->stats, RATE_COMMANDS));
    text_printf(text, "total_net_input_bytes:%llu\r\ntotal_net_output_bytes:%llu\r\n",
                (ull)counters->input_bytes, (ull)counters->output_bytes);
    text_printf(text, "instantaneous_input_kbps:%.2f\r\ninstantaneous_output_kbps:%.2f\r\n",
                (double)stats_rate(&engine->stats, RATE_INPUT) / 1024,
                (double)stats_rate(&engine->stats, RATE_OUTPUT) / 1024);
    text_printf(text, "rejected_connections:%llu\r\nexpired_keys:%llu\r\nevicted_keys:%llu\r\n",
                (ull)counters->connections_rejected, (ull)store->expired_keys,
                (ull)store->evicted_keys);
    text_printf(text, "keyspace_hits:%llu\r\nkeyspace_misses:%llu\r\npubsub_channels:0\r\n",
                (ull)counters->keyspace_hits, (ull)counters->keyspace_misses);
    text_printf(text, "pubsub_patterns:0\r\ntotal_error_replies:%llu\r\n",
                (ull)counters->error_replies);
    text_printf(text, "client_output_buffer_limit_disconnections:%llu\r\n",
                (ull)counters->closed_reply_timeout);
    text_printf(text, "kv_store_refused:%llu\r\nkv_reclaimed_pages:%llu\r\n", (ull)store->refused,
                (ull)store->reclaimed_pages);
    text_printf(text, "kv_ring_waits:%llu\r\nkv_ring_no_buffer:%llu\r\n", (ull)engine->ring->waits,
                (ull)engine->ring->enobufs);
    text_printf(text, "kv_ring_overflows:%llu\r\nkv_ring_stale:%llu\r\n",
                (ull)engine->ring->overflows, (ull)engine->ring->stale);
    const struct counter_info *info;
    for (u32 i = 0; (info = stats_counter_at(i)) != NULL; i++) {
        text_printf(text, "kv_%s:%llu\r\n", info->name, (ull)stats_counter_value(counters, info));
    }
}

static void info_replication(const struct engine *engine, struct text *text) {
    text_printf(text, "role:master\r\nconnected_slaves:0\r\nmaster_failover_state:no-failover\r\n");
    text_printf(text, "master_replid:%s\r\nmaster_repl_offset:0\r\n", engine->run_id);
}

static void info_cpu(const struct engine *engine, struct text *text) {
    (void)engine;
    struct process_usage usage;
    process_usage_all(&usage);
    text_printf(text, "used_cpu_sys:%llu.%06llu\r\nused_cpu_user:%llu.%06llu\r\n",
                (ull)(usage.system_us / 1000000), (ull)(usage.system_us % 1000000),
                (ull)(usage.user_us / 1000000), (ull)(usage.user_us % 1000000));
    text_printf(text, "used_cpu_sys_children:0.000000\r\nused_cpu_user_children:0.000000\r\n");
}

static void info_modules(const struct engine *engine, struct text *text) {
    (void)engine;
    (void)text;
}

static void info_commandstats(const struct engine *engine, struct text *text) {
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        const struct command_stats *row = &engine->stats.commands[id];
        if (row->calls + row->rejected + row->failed == 0) continue;
        u64 ns = row->durations.sum_ns;
        text_printf(text,
                    "cmdstat_%s:calls=%llu,usec=%llu,usec_per_call=%.2f,rejected_calls=%llu,"
                    "failed_calls=%llu\r\n",
                    command_at(id)->full_name, (ull)row->calls, (ull)(ns / 1000),
                    row->calls == 0 ? 0.0 : (double)ns / 1000 / (double)row->calls,
                    (ull)row->rejected, (ull)row->failed);
    }
}

static void info_errorstats(const struct engine *engine, struct text *text) {
    for (u32 i = 0; i < ERROR_CODES; i++) {
        if (engine->stats.errors[i] == 0) continue;
        text_printf(text, "errorstat_%s:count=%llu\r\n", stats_error_name((enum error_code)i),
                    (ull)engine->stats.errors[i]);
    }
}

static void info_cluster(const struct engine *engine, struct text *text) {
    (void)engine;
    text_printf(text, "cluster_enabled:0\r\n");
}

static void info_keyspace(const struct engine *engine, struct text *text) {
    for (u32 i = 0; i < STORE_DATABASES; i++) {
        u64 keys = store_keys(&engine->store, i);
        if (keys == 0) continue;
        text_printf(text, "db%u:keys=%llu,expires=%llu,avg_ttl=%llu\r\n", i, (ull)keys,
                    (ull)store_expires(&engine->store, i),
                    (ull)store_ttl_mean_ms(&engine->store, i));
    }
}

static void info_pools(const struct engine *engine, struct text *text) {
    for (u32 i = 0; i < engine->stats.pool_count; i++) {
        const struct gauge *gauge = engine->stats.pools[i].gauge;
        text_printf(text, "pool_%s:used=%llu,max=%llu,high_water=%llu,exhausted=%llu\r\n",
                    engine->stats.pools[i].name, (ull)gauge->used, (ull)gauge->max,
                    (ull)gauge->high_water, (ull)gauge->exhausted);
    }
}

struct section {
    const char *name;
    const char *title;
    bool by_default;
    void (*write)(const struct engine *engine, struct text *text);
};

static const struct section sections[] = {
    {"server", "Server", true, info_server},
    {"clients", "Clients", true, info_clients},
    {"memory", "Memory", true, info_memory},
    {"persistence", "Persistence", true, info_persistence},
    {"stats", "Stats", true, info_stats},
    {"replication", "Replication", true, info_replication},
    {"cpu", "CPU", true, info_cpu},
    {"modules", "Modules", true, info_modules},
    {"commandstats", "Commandstats", false, info_commandstats},
    {"errorstats", "Errorstats", true, info_errorstats},
    {"cluster", "Cluster", true, info_cluster},
    {"keyspace", "Keyspace", true, info_keyspace},
    {"pools", "Pools", false, info_pools},
};

static bool is_asked_for(const struct call *call, const struct section *section) {
    if (call->argc == 1) return section->by_default;
    for (u32 i = 1; i < call->argc; i++) {
        if (call_is_word(call, i, section->name)) return true;
        if (call_is_word(call, i, "default") && section->by_default) return true;
        if (call_is_word(call, i, "all") || call_is_word(call, i, "everything")) return true;
    }
    return false;
}

void command_info(struct call *call) {
    struct text text;
    text_init(&text, call->engine->text, ENGINE_TEXT_BYTES);
    for (u32 i = 0; i < KV_ARRAY_LENGTH(sections); i++) {
        if (!is_asked_for(call, &sections[i])) continue;
        text_printf(&text, "%s# %s\r\n", text.len > 0 ? "\r\n" : "", sections[i].title);
        sections[i].write(call->engine, &text);
    }
    reply_verbatim(&call->reply, "txt", bytes_of(text.data, text.len));
}
