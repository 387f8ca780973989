/* restore_fuzz.c: libFuzzer target: RESTORE takes any bytes, with a checksum that is right, without
 * reading beyond them; what it takes is a value that dumps, and restores again as the same.
 *
 * `make fuzz` builds and runs it. An input is a payload without its footer.
 */
#include <stdlib.h>

#include "kv/arena.h"
#include "kv/assert.h"
#include "kv/crc64.h"
#include "kv/restore.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

enum { PAGES = 2000, KEYS = 10, MEMORY_BYTES = 128 << 10 };

static u8 memory_bytes[MEMORY_BYTES];
static const struct dump_memory memory = {.at = memory_bytes, .bytes = sizeof(memory_bytes)};
static u8 scratch[STORE_SCRATCH_BYTES];
static struct store store;
static bool is_open;

static void open_store(void) {
    static struct arena arena;
    static struct budget budget;
    static struct options options;
    char error[ARENA_ERROR_MAX];
    struct store_plan plan = {.pages = PAGES, .index_buckets = index_bucket_count(KEYS)};
    options.key_count = KEYS;
    options.key_size_max = 16;
    options.val_size_max = 100000;
    options.list_length_max = 2000;
    budget_init(&budget);
    store_budget(&plan, &budget);
    budget_finish(&budget);
    bool ready = arena_init(&arena, &budget, false, error);
    kv_assert(ready);
    store_init(&store, &arena, &options, &plan, 1);
    store_set_now(&store, 1700000000000u);
    is_open = true;
}

struct output {
    u8 *at;
    u64 len;
};

static void write_part(void *context, const void *data, size_t len) {
    struct output *output = context;
    memcpy(output->at + output->len, data, len);
    output->len += len;
}

static struct bytes dump_of(const struct key_place *place) {
    struct item item;
    struct dump dump;
    bool found = store_find(&store, place->database, place->key, place->hash, &item);
    kv_assert(found);
    dump_begin(&dump, &store, &item, memory, scratch);
    u64 len = dump_measure(&dump);
    struct output output = {.at = malloc(len)};
    kv_assert(output.at != NULL);
    dump_write(&dump, write_part, &output);
    kv_assert(output.len == len);
    return bytes_of(output.at, len);
}

static enum restore_status restore(const struct key_place *place, struct bytes payload) {
    static struct restore state;
    enum restore_status status = restore_check(&state, &store, payload, memory);
    if (status != RESTORE_OK) return status;
    enum store_result result = restore_put(&state, &store, place, 0);
    kv_assert(result == STORE_OK);
    return status;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) {
    if (!is_open) open_store();
    const u16 version = RDB_VERSION;
    u8 *payload = malloc(size + RDB_FOOTER_BYTES);
    kv_assert(payload != NULL);
    if (size > 0) memcpy(payload, data, size);
    memcpy(payload + size, &version, sizeof(version));
    u64 checksum = crc64_add(0, payload, size + sizeof(version));
    memcpy(payload + size + sizeof(version), &checksum, sizeof(checksum));

    struct key_place place = {.key = bytes_of("k", 1)};
    place.hash = store_hash(&store, 0, place.key);
    if (restore(&place, bytes_of(payload, size + RDB_FOOTER_BYTES)) == RESTORE_OK) {
        struct bytes first = dump_of(&place);
        enum restore_status status = restore(&place, first);
        kv_assert(status == RESTORE_OK);
        struct bytes again = dump_of(&place);
        kv_assert(bytes_equal(first, again));
        store_check(&store);
        free((void *)(uintptr_t)first.data);
        free((void *)(uintptr_t)again.data);
    }
    free(payload);
    return 0;
}
