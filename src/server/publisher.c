#include "publisher.h"

#include "kv/process.h"
#include "kv/ring.h"

_Static_assert(SNAPSHOT_DATABASES == STORE_DATABASES, "a row for each database");

void publisher_budget(struct budget *budget) {
    budget_add(budget, "stats.snapshot", 1, snapshot_bytes(STATISTICS_ROWS),
               "What the data plane publishes about itself for the HTTP plane.");
}

void publisher_init(struct publisher *publisher, struct arena *arena,
                    const struct store_plan *plan) {
    *publisher = (struct publisher){.plan = plan};
    snapshot_init(&publisher->snapshot,
                  arena_carve(arena, "stats.snapshot", 1, snapshot_bytes(STATISTICS_ROWS)),
                  STATISTICS_ROWS);
}

void publisher_ready(struct publisher *publisher) {
    struct process_usage usage;
    process_usage_thread(&usage);
    publisher->faults_at_ready = usage.minor_faults;
}

static void publish_thread(const struct publisher *publisher, struct snapshot_values *values) {
    struct process_usage usage;
    process_usage_thread(&usage);
    values->data_plane_cpu_us = usage.user_us + usage.system_us;
    values->minor_faults = usage.minor_faults - publisher->faults_at_ready;
}

static void publish_store(struct publisher *publisher, const struct engine *engine) {
    struct snapshot_head *head = &publisher->head;
    struct snapshot_values *values = &head->values;
    const struct store *store = &engine->store;
    const u64 live = store_bytes_live(store);
    const u64 used_pages = store->pages.count - pages_free_count(&store->pages);
    struct store_room room;
    store_room_left(store, publisher->plan, &room);
    values->memory_used_bytes = live;
    values->memory_used_peak_bytes = u64_max(engine->stats.live_bytes_peak, live);
    values->memory_max_bytes = engine->options.store_memory;
    const u64 on_pages = live - store->index.gauge.used * sizeof(u64);
    values->store_bytes_live = on_pages;
    values->mem_fragmentation_ppm =
        on_pages == 0 ? 1000000
                      : (u64)((unsigned __int128)used_pages * PAGE_BYTES * 1000000 / on_pages);
    values->store_fill_ppm = room.fill_ppm;
    values->store_refused = store->counters.refused;
    values->store_evacuations = store->heap.evacuations;
    values->store_splits = store->heap.splits;
    values->store_reclaimed_pages = store->counters.reclaimed_pages;
    values->expired_keys = store->counters.expired_keys;
    values->evicted_keys = store->counters.evicted_keys;
    head->room_keys_guaranteed = room.keys_guaranteed;
    head->room_keys_estimated = room.keys_estimated;
    for (u32 kind = 0; kind < PAGE_KINDS; kind++)
        head->pages[kind] = store->pages.kind_count[kind];
    for (u32 i = 0; i < SNAPSHOT_DATABASES; i++)
        head->databases[i] = (struct snapshot_database){.keys = store_keys(store, i),
                                                        .expiring = store_expires(store, i),
                                                        .ttl_mean_ms = store_ttl_mean_ms(store, i)};
}

static void publish_ring(const struct ring *ring, struct snapshot_values *values) {
    values->ring_waits = ring->waits;
    values->ring_no_buffer = ring->enobufs;
    values->ring_overflows = ring->overflows;
    values->ring_stale = ring->stale;
}

static void publish_stats(struct snapshot_head *head, const struct engine *engine) {
    const struct stats *stats = &engine->stats;
    head->counters = stats->counters;
    memcpy(head->errors, stats->errors, sizeof(head->errors));
    head->loop = stats->loop;
    head->batches = stats->batches;
    head->pool_count = stats->pool_count;
    for (u32 i = 0; i < stats->pool_count; i++)
        head->pools[i] = *stats->pools[i].gauge;
    for (u32 i = 0; i < STATS_RATES; i++)
        head->rates[i] = stats_rate(stats, (enum stats_rate)i);
    head->waiting[WAIT_REASON_RECEIVE] = engine->waiting_receive;
    head->waiting[WAIT_REASON_REPLY] = engine->waiting_reply;
}

void publisher_publish(struct publisher *publisher, const struct engine *engine,
                       enum service_state state) {
    struct snapshot_head *head = &publisher->head;
    struct snapshot_values *values = &head->values;
    head->state = state;
    head->published_us = engine->now_us;
    head->policy = engine->options.maxmemory_policy;
    values->uptime_us = engine->now_us - engine->stats.start_us;
    values->connected_clients = engine->clients.gauge.used;
    values->config_maxclients = values->max_clients = engine->clients.gauge.max;
    values->blocked_clients = blocked_client_count(&engine->blocked);
    const struct slow_entry *slow = slow_log_newest(&engine->slow_log);
    values->slowlog_length = engine->slow_log.length;
    values->slowlog_last_id = slow == NULL ? 0 : slow->id;
    publish_thread(publisher, values);
    publish_store(publisher, engine);
    publish_ring(engine->ring, values);
    publish_stats(head, engine);
    snapshot_publish(&publisher->snapshot, head, engine->stats.commands);
}
