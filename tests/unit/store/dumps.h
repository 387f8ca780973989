/* dumps.h: what a key holds as one piece of bytes, to remember and to compare.
 */
#ifndef KV_TESTS_STORE_DUMPS_H
#define KV_TESTS_STORE_DUMPS_H

#include "kv/dump.h"
#include "kv/restore.h"

#include "fixture.h"

#define DUMPS_MEMORY_BYTES (256u << 10)

static inline struct dump_memory dumps_memory(void) {
    static u8 memory[DUMPS_MEMORY_BYTES];
    return (struct dump_memory){.at = memory, .bytes = sizeof(memory)};
}

struct dumps_output {
    u8 *at;
    u64 len;
};

static inline void dumps_write(void *context, const void *data, size_t len) {
    struct dumps_output *output = context;
    memcpy(output->at + output->len, data, len);
    output->len += len;
}

/* To be freed by the caller: .data is what malloc gave. */
static inline struct bytes dumps_of(const struct store *store, const struct item *item) {
    static u8 scratch[STORE_SCRATCH_BYTES];
    struct dump dump;
    dump_begin(&dump, store, item, dumps_memory(), scratch);
    u64 len = dump_measure(&dump);
    struct dumps_output output = {.at = malloc(len)};
    assert_non_null(output.at);
    dump_write(&dump, dumps_write, &output);
    assert_int_equal(output.len, len);
    return bytes_of(output.at, len);
}

static inline void dumps_free(struct bytes *dump) {
    free((void *)(uintptr_t)dump->data);
    *dump = bytes_of(NULL, 0);
}

#endif
