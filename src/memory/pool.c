/* pool.c: a free list threaded through the free objects. */
#include "kv/pool.h"

#include "kv/assert.h"
#include "kv/poison.h"

#define POOL_MAGIC 0x506f6f6cu
#define FREE_MARK 0x66726565206f626aull

/* What lies in a free object. The mark lies there only when the object is large enough. */
struct free_object {
    void *next;
    u64 mark;
};

/* The mark of a free object depends on its address, so that a copy of a free object into one in
 * use is not taken for a double put, and no client can guess it. */
static u64 mark_of(const void *object) {
    return FREE_MARK ^ (u64)(uintptr_t)object;
}

static bool has_mark(const struct pool *pool) {
    return pool->object_bytes >= sizeof(struct free_object);
}

static void push_free(struct pool *pool, void *object) {
    struct free_object *free_object = object;
    free_object->next = pool->free_head;
    if (has_mark(pool)) free_object->mark = mark_of(object);
    pool->free_head = object;
    memory_poison(object, pool->object_bytes);
}

void pool_init(struct pool *pool, void *memory, u64 count, u32 object_bytes) {
    kv_assert(object_bytes >= 8 && object_bytes % 8 == 0);
    kv_assert((uintptr_t)memory % 8 == 0);
    kv_assert(memory != NULL || count == 0);
    *pool = (struct pool){.magic = POOL_MAGIC, .object_bytes = object_bytes, .memory = memory};
    gauge_init(&pool->gauge, count);
    memory_unpoison(memory, count * object_bytes);
    /* From the back, so that the first objects to be taken lie at the front, side by side. */
    for (u64 i = count; i > 0; i--)
        push_free(pool, pool->memory + (i - 1) * object_bytes);
}

void *pool_get(struct pool *pool) {
    kv_assert(pool->magic == POOL_MAGIC);
    struct free_object *object = pool->free_head;
    if (object == NULL) {
        pool->gauge.exhausted++;
        return NULL;
    }
    memory_unpoison(object, pool->object_bytes);
    pool->free_head = object->next;
    if (has_mark(pool)) {
        /* A free object whose mark is gone was written to after it was put back. */
        kv_assert(object->mark == mark_of(object));
        object->mark = 0;
    }
    gauge_add(&pool->gauge, 1);
    return object;
}

/* Objects too small for a mark are looked for in the whole free list; in debug builds only. */
static bool is_in_free_list(const struct pool *pool, const void *object) {
    if (has_mark(pool)) return false;
    const void *at = pool->free_head;
    while (at != NULL && at != object) {
        memory_unpoison(at, sizeof(void *));
        const void *next = *(void *const *)at;
        memory_poison(at, sizeof(void *));
        at = next;
    }
    return at != NULL;
}

void pool_put(struct pool *pool, void **object) {
    kv_assert(pool->magic == POOL_MAGIC);
    kv_assert(pool->gauge.used > 0);
    const u64 offset = (u64)((uintptr_t)*object - (uintptr_t)pool->memory);
    kv_assert(offset < pool->gauge.max * pool->object_bytes);
    kv_assert(offset % pool->object_bytes == 0);
    memory_unpoison(*object, pool->object_bytes);
    if (has_mark(pool)) {
        const struct free_object *held = *object;
        if (held->mark == mark_of(held)) KV_FATAL("an object is put into its pool twice");
    }
    kv_debug_assert(!is_in_free_list(pool, *object));
    push_free(pool, *object);
    gauge_sub(&pool->gauge, 1);
    *object = NULL;
}
