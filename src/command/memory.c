/* MEMORY STATS, DOCTOR, MALLOC-STATS and PURGE: where the bytes are. Nothing is estimated: each
 * number is kept as things change.
 */
#include <stdio.h>

#include "kv/budget.h"
#include "kv/call.h"
#include "kv/process.h"
#include "kv/process_heap.h"
#include "kv/text.h"

typedef unsigned long long ull;

/* From here on a limit is worth a word. */
#define NEARLY_FULL_PERCENT 90u
#define REGION_NAME_MAX 64u

/* -- STATS -- */

/* In Redis's terms: what is allocated is live data; what is active are the pages in use; what is
 * resident is the store as a whole, which is in memory from the start. */
struct memory_numbers {
    u64 live;
    u64 peak;
    u64 keys;
    u64 index;   /* entries; those of flushed keys that are still to be removed included */
    u64 clients; /* receive and reply memory that clients hold */
    u64 on_pages;
    u64 pages_used;
    u64 pages_all;
    u64 resident;
};

static u64 client_bytes(const struct engine *engine) {
    const struct list_node *order = &engine->clients.order;
    u64 bytes = 0;
    for (const struct list_node *node = order->next; node != order; node = node->next) {
        const struct client *client = kv_container_of(node, struct client, node);
        bytes += client->query_capacity + client->output_chunks * CHUNK_BYTES;
    }
    return bytes;
}

static void take_numbers(const struct engine *engine, struct memory_numbers *numbers) {
    const struct store *store = &engine->store;
    const u64 live = store_bytes_live(store);
    const u64 index = store->index.gauge.used * INDEX_ENTRY_BYTES;
    u64 keys = 0;
    for (u32 i = 0; i < STORE_DATABASES; i++)
        keys += store_keys(store, i);
    *numbers = (struct memory_numbers){
        .live = live,
        .peak = u64_max(engine->stats.live_bytes_peak, live),
        .keys = keys,
        .index = index,
        .clients = client_bytes(engine),
        .on_pages = live - index,
        .pages_used = (u64)(store->pages.count - pages_free_count(&store->pages)) * PAGE_BYTES,
        .pages_all = (u64)store->pages.count * PAGE_BYTES,
        .resident = process_resident_bytes(),
    };
}

static void put_integer(struct reply *reply, const char *name, u64 value) {
    reply_bulk_string(reply, name);
    reply_integer(reply, (i64)value);
}

static void put_double(struct reply *reply, const char *name, double value) {
    reply_bulk_string(reply, name);
    reply_double(reply, value);
}

static double ratio(u64 part, u64 whole) {
    return whole == 0 ? 1 : (double)part / (double)whole;
}

/* Fragmentation may be negative: fewer bytes are resident than are accounted. */
static void put_difference(struct reply *reply, const char *name, u64 more, u64 less) {
    reply_bulk_string(reply, name);
    reply_integer(reply, (i64)(more - less));
}

static void put_use(struct reply *reply, const struct memory_numbers *numbers) {
    put_integer(reply, "peak.allocated", numbers->peak);
    put_integer(reply, "total.allocated", numbers->live);
    put_integer(reply, "startup.allocated", 0);
    put_integer(reply, "replication.backlog", 0);
    put_integer(reply, "clients.slaves", 0);
    put_integer(reply, "clients.normal", numbers->clients);
    put_integer(reply, "cluster.links", 0);
    put_integer(reply, "aof.buffer", 0);
    put_integer(reply, "lua.caches", 0);
    put_integer(reply, "functions.caches", 0);
}

static u32 databases_with_keys(const struct store *store) {
    u32 count = 0;
    for (u32 i = 0; i < STORE_DATABASES; i++)
        count += store_keys(store, i) > 0;
    return count;
}

/* A deadline stands in its item, so it has no table of its own. */
static void put_databases(struct reply *reply, const struct store *store) {
    for (u32 i = 0; i < STORE_DATABASES; i++) {
        char name[16];
        if (store_keys(store, i) == 0) continue;
        snprintf(name, sizeof(name), "db.%u", i);
        reply_bulk_string(reply, name);
        reply_map(reply, 3);
        put_integer(reply, "overhead.hashtable.main", store_keys(store, i) * INDEX_ENTRY_BYTES);
        put_integer(reply, "overhead.hashtable.expires", 0);
        put_integer(reply, "overhead.hashtable.slot-to-keys", 0);
    }
}

static void put_shares(struct reply *reply, const struct memory_numbers *numbers) {
    const u64 dataset = numbers->live - numbers->index;
    put_integer(reply, "overhead.total", numbers->index);
    put_integer(reply, "keys.count", numbers->keys);
    put_integer(reply, "keys.bytes-per-key",
                numbers->keys == 0 ? 0 : numbers->live / numbers->keys);
    put_integer(reply, "dataset.bytes", dataset);
    put_double(reply, "dataset.percentage",
               numbers->live == 0 ? 0 : 100 * ratio(dataset, numbers->live));
    put_double(reply, "peak.percentage",
               numbers->peak == 0 ? 0 : 100 * ratio(numbers->live, numbers->peak));
}

static void put_allocator(struct reply *reply, const struct memory_numbers *numbers) {
    put_integer(reply, "allocator.allocated", numbers->on_pages);
    put_integer(reply, "allocator.active", numbers->pages_used);
    put_integer(reply, "allocator.resident", numbers->pages_all);
    put_double(reply, "allocator-fragmentation.ratio",
               ratio(numbers->pages_used, numbers->on_pages));
    put_difference(reply, "allocator-fragmentation.bytes", numbers->pages_used, numbers->on_pages);
    put_double(reply, "allocator-rss.ratio", ratio(numbers->pages_all, numbers->pages_used));
    put_difference(reply, "allocator-rss.bytes", numbers->pages_all, numbers->pages_used);
    put_double(reply, "rss-overhead.ratio", ratio(numbers->resident, numbers->pages_all));
    put_difference(reply, "rss-overhead.bytes", numbers->resident, numbers->pages_all);
    put_double(reply, "fragmentation", ratio(numbers->pages_used, numbers->on_pages));
    put_difference(reply, "fragmentation.bytes", numbers->pages_used, numbers->on_pages);
}

/* What Redis has no word for: the regions of the budget. */
static void put_regions(struct reply *reply, const struct budget *budget) {
    put_integer(reply, "kv.budget", budget_total(budget));
    for (u32 i = 0; i < budget->count; i++) {
        char name[REGION_NAME_MAX];
        snprintf(name, sizeof(name), "kv.region.%s", budget->rows[i].name);
        put_integer(reply, name, budget_row_bytes(&budget->rows[i]));
    }
}

void command_memory_stats(struct call *call) {
    const struct engine *engine = call->engine;
    struct reply *reply = &call->reply;
    struct memory_numbers numbers;
    take_numbers(engine, &numbers);
    reply_map(reply, 10 + databases_with_keys(&engine->store) + 6 + 11 + 1 + engine->budget->count);
    put_use(reply, &numbers);
    put_databases(reply, &engine->store);
    put_shares(reply, &numbers);
    put_allocator(reply, &numbers);
    put_regions(reply, engine->budget);
}

/* -- DOCTOR -- */

static void advise_pools(const struct stats *stats, struct text *text) {
    for (u32 i = 0; i < stats->pool_count; i++) {
        const struct stats_pool *pool = &stats->pools[i];
        const struct gauge *gauge = pool->gauge;
        const u64 percent = gauge->max == 0 ? 0 : gauge->high_water * 100 / gauge->max;
        /* The slow log is there to be full. */
        const bool is_log = strcmp(pool->name, "slow_log") == 0;
        if (is_log || (gauge->exhausted == 0 && percent < NEARLY_FULL_PERCENT)) continue;
        text_printf(text, "- %s: %llu of %llu were in use at most", pool->name,
                    (ull)gauge->high_water, (ull)gauge->max);
        if (gauge->exhausted > 0)
            text_printf(text, ", and %llu times there were too few", (ull)gauge->exhausted);
        text_printf(text, ". %s sets how many there are.\n", pool->option);
    }
}

static void advise_store(const struct engine *engine, struct text *text) {
    struct memory_numbers numbers;
    const struct store *store = &engine->store;
    take_numbers(engine, &numbers);
    if (store->counters.refused > 0)
        text_printf(text,
                    "- %llu writes were refused because the store was full: raise memory or "
                    "store-memory, or let keys expire.\n",
                    (ull)store->counters.refused);
    if (numbers.pages_used > numbers.pages_all / 2 &&
        ratio(numbers.pages_used, numbers.on_pages) > 1.5)
        text_printf(text,
                    "- %llu bytes of pages hold %llu bytes of data. Nothing is lost: gaps are "
                    "used, and pages are emptied into others, when room is needed.\n",
                    (ull)numbers.pages_used, (ull)numbers.on_pages);
}

static void advise_heap(struct text *text) {
    struct gauge heap;
    process_heap_usage(&heap);
    if (heap.exhausted > 0)
        text_printf(text,
                    "- malloc's heap, from which HTTP is served, was full %llu times: raise "
                    "admin-memory.\n",
                    (ull)heap.exhausted);
}

void command_memory_doctor(struct call *call) {
    struct engine *engine = call->engine;
    struct text text;
    text_init(&text, engine->text, ENGINE_TEXT_BYTES);
    advise_store(engine, &text);
    advise_pools(&engine->stats, &text);
    advise_heap(&text);
    const bool well = text.len == 0;
    if (well)
        text_printf(&text, "No limit was met or nearly met since the start, and no write was "
                           "refused. The memory that is reserved is what it will stay.\n");
    reply_verbatim(&call->reply, "txt", bytes_of(text.data, text.len));
}

/* -- malloc -- */

static void describe_heap(struct text *text, const char *name, const struct gauge *heap) {
    text_printf(text,
                "%s\n  used       %12llu bytes\n  at most    %12llu\n  size       %12llu\n"
                "  refused    %12llu requests\n",
                name, (ull)heap->used, (ull)heap->high_water, (ull)heap->max, (ull)heap->exhausted);
}

void command_memory_malloc_stats(struct call *call) {
    struct text text;
    struct gauge heap;
    text_init(&text, call->engine->text, ENGINE_TEXT_BYTES);
    if (!process_heap_is_malloc()) {
        text_printf(&text, "malloc is the C library's in this build.\n");
    } else {
        process_heap_usage(&heap);
        describe_heap(&text, "memory.heap: what libraries take from malloc; never what clients do",
                      &heap);
        process_heap_bootstrap_usage(&heap);
        describe_heap(&text, "Before memory was reserved", &heap);
    }
    reply_verbatim(&call->reply, "txt", bytes_of(text.data, text.len));
}

/* There is nothing to give back: what is reserved stays reserved. */
void command_memory_purge(struct call *call) {
    reply_ok(&call->reply);
}
