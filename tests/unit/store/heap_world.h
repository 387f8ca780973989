/* heap_world.h: a heap of any size for a test, with a plain model beside it: what each object must
 * hold, and where it is, as the heap itself tells through `moved`.
 */
#ifndef KV_TESTS_STORE_HEAP_WORLD_H
#define KV_TESTS_STORE_HEAP_WORLD_H

#include <stdlib.h>

#include "kv/heap.h"
#include "kv/poison.h"
#include "kv/prng.h"

#include "../unit.h"

/* A head begins with the number of its object. */
#define WORLD_HEAD_MIN 4u
#define WORLD_LEN_MAX 9000u
#define WORLD_PARTS_MAX 4u

struct object {
    heap_handle handle; /* 0: there is none */
    u32 head_len;
    u32 len; /* head and body */
    u32 version;
};

struct world {
    struct pages pages;
    struct heap heap;
    void *memory;
    struct page_info *info;
    u32 *deadline;
    struct object *objects;
    u32 objects_max;
    u64 cost;   /* sum of heap_object_cost */
    u32 *taken; /* whole pages */
    u32 taken_count;
    u64 moves;
    struct prng prng;
    u8 content[WORLD_LEN_MAX];
    u8 gathered[WORLD_LEN_MAX];
};

/* What an object must hold. */
static inline const u8 *world_content(struct world *world, u32 id) {
    const struct object *object = &world->objects[id];
    u32 mix = id * 31 + object->version * 17;
    for (u32 i = 0; i < object->len; i++)
        world->content[i] = (u8)(mix + i * 7 + (i >> 8) * 13);
    memcpy(world->content, &id, sizeof id);
    return world->content;
}

static inline void world_moved(void *owner, struct bytes head, heap_handle from, heap_handle to) {
    struct world *world = owner;
    u32 id;
    assert_true(head.len >= WORLD_HEAD_MIN);
    memcpy(&id, head.data, sizeof id);
    assert_true(id < world->objects_max);
    assert_int_equal(world->objects[id].handle, from);
    for (u32 i = 0; i < world->objects_max; i++)
        assert_int_not_equal(world->objects[i].handle, to);
    assert_true(head.len >= world->objects[id].head_len);
    assert_memory_equal(head.data, world_content(world, id), world->objects[id].head_len);
    world->objects[id].handle = to;
    world->moves++;
}

static inline struct world *world_open(u32 pages, u32 head_max, u32 objects_max, u64 seed) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->memory = aligned_alloc(PAGE_BYTES, (size_t)pages * PAGE_BYTES);
    world->info = calloc(pages + 1, sizeof *world->info);
    world->deadline = calloc(pages + 1, sizeof *world->deadline);
    world->objects = calloc(objects_max, sizeof *world->objects);
    world->taken = calloc(pages, sizeof *world->taken);
    assert_true(world->memory && world->info && world->deadline && world->objects && world->taken);
    world->objects_max = objects_max;
    pages_init(&world->pages, world->memory, world->info, world->deadline, pages);
    heap_init(&world->heap, &world->pages, head_max, world_moved, world);
    prng_init(&world->prng, seed);
    return world;
}

static inline void world_give_back(struct world *world, u32 count) {
    for (; count > 0; count--)
        pages_put(&world->pages, &world->taken[--world->taken_count]);
}

static inline void world_close(struct world *world) {
    world_give_back(world, world->taken_count);
    for (u32 page = 1; page <= world->pages.count; page++) {
        u32 number = page;
        if (world->info[page].kind == PAGE_HEAP) pages_put(&world->pages, &number);
    }
    memory_unpoison(world->memory, (u64)world->pages.count * PAGE_BYTES);
    free(world->memory);
    free(world->info);
    free(world->deadline);
    free(world->objects);
    free(world->taken);
    free(world);
}

static inline u32 world_below(struct world *world, u64 bound) {
    return (u32)prng_below(&world->prng, bound);
}

/* The body of an object in up to WORLD_PARTS_MAX parts, cut anywhere, some of them empty. */
static inline u32 world_body(struct world *world, u32 id, struct bytes parts[WORLD_PARTS_MAX]) {
    const struct object *object = &world->objects[id];
    const u8 *at = world_content(world, id) + object->head_len;
    u32 left = object->len - object->head_len;
    u32 count = world_below(world, WORLD_PARTS_MAX + 1);
    if (left > 0 && count == 0) count = 1;
    for (u32 i = 0; i < count; i++) {
        u32 len = i + 1 == count ? left : world_below(world, left + 1u);
        parts[i] = bytes_of(at, len);
        at += len;
        left -= len;
    }
    return count;
}

/* The heads a real caller has lie elsewhere than its body. */
static inline struct bytes world_head(struct world *world, u32 id, u8 *out) {
    u32 len = world->objects[id].head_len;
    memcpy(out, world_content(world, id), len);
    return bytes_of(out, len);
}

static inline void world_put(struct world *world, u32 id, u32 head_len, u32 len) {
    struct object *object = &world->objects[id];
    struct bytes parts[WORLD_PARTS_MAX];
    u8 head[HEAP_HEAD_LIMIT];
    assert_int_equal(object->handle, 0);
    *object = (struct object){.head_len = head_len, .len = len, .version = object->version + 1};
    struct bytes head_bytes = world_head(world, id, head);
    u32 count = world_body(world, id, parts);
    u64 moves = world->moves;
    object->handle = heap_put(&world->heap, head_bytes, parts, count);
    assert_int_equal(world->moves, moves);
    assert_int_not_equal(object->handle, 0);
    world->cost += heap_object_cost(len);
}

static inline void world_remove(struct world *world, u32 id) {
    struct object *object = &world->objects[id];
    world->cost -= heap_object_cost(object->len);
    heap_handle handle = object->handle;
    object->handle = 0;
    heap_remove(&world->heap, handle);
}

static inline void world_replace(struct world *world, u32 id, u32 head_len, u32 len) {
    struct object *object = &world->objects[id];
    struct bytes parts[WORLD_PARTS_MAX];
    u8 head[HEAP_HEAD_LIMIT];
    world->cost += heap_object_cost(len) - heap_object_cost(object->len);
    object->head_len = head_len;
    object->len = len;
    object->version++;
    struct bytes head_bytes = world_head(world, id, head);
    u32 count = world_body(world, id, parts);
    heap_handle handle = heap_replace(&world->heap, object->handle, head_bytes, parts, count);
    assert_int_equal(handle, object->handle);
}

/* A whole page, filled so that a page handed out twice shows. */
static inline void world_take(struct world *world) {
    u32 page = pages_get(&world->pages, PAGE_TREE);
    assert_int_not_equal(page, PAGE_NONE);
    memset(pages_data(&world->pages, page), (int)(page & 0xff), PAGE_BYTES);
    world->taken[world->taken_count++] = page;
}

static inline void world_check_object(struct world *world, u32 id) {
    const struct object *object = &world->objects[id];
    const u8 *content = world_content(world, id);
    assert_int_equal(heap_length(&world->heap, object->handle), object->len);
    struct bytes first = heap_first(&world->heap, object->handle);
    assert_true(first.len >= object->head_len);
    assert_memory_equal(first.data, content, first.len);
    struct bytes all = heap_gather(&world->heap, object->handle, world->gathered);
    assert_int_equal(all.len, object->len);
    assert_memory_equal(all.data, content, object->len);
    u64 len = 0;
    const u8 *whole = heap_whole(&world->heap, object->handle, &len);
    if (heap_is_split(&world->heap, object->handle)) {
        assert_null(whole);
    } else {
        assert_ptr_equal(whole, first.data);
        assert_int_equal(len, object->len);
    }
}

/* Everything: the heap against its pages, the model, the pages of others. */
static inline void world_check(struct world *world) {
    heap_check(&world->heap);
    assert_int_equal(world->heap.cost, world->cost);
    for (u32 id = 0; id < world->objects_max; id++)
        if (world->objects[id].handle != 0) world_check_object(world, id);
    for (u32 i = 0; i < world->taken_count; i++) {
        const u8 *data = pages_data(&world->pages, world->taken[i]);
        for (u32 at = 0; at < PAGE_BYTES; at += 61)
            assert_int_equal(data[at], world->taken[i] & 0xff);
    }
}

#endif
