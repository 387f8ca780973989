/* process_heap.c: two bounded heaps and a lock behind the malloc family.
 *
 * malloc has no argument to pass a heap in, so the heaps, the lock and the state are globals: the
 * one exception to the rule that this program has none. All of them are static and usable before
 * the first constructor runs; the bootstrap heap is laid out by the first call, under the lock.
 *
 * Nothing here may allocate. What is called while the lock is held is the bounded heap and, when
 * that aborts, kv_fatal, whose formats need no memory.
 */
#define _GNU_SOURCE 1 /* dladdr */
#include "kv/process_heap.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "kv/assert.h"
#include "kv/bounded_heap.h"

enum heap_phase { PHASE_BOOTSTRAP, PHASE_ATTACHED, PHASE_SEALED, PHASE_TEARDOWN };

static _Alignas(64) u8 bootstrap_memory[PROCESS_HEAP_BOOTSTRAP_BYTES];
static pthread_mutex_t heap_lock = PTHREAD_MUTEX_INITIALIZER;
static struct bounded_heap bootstrap;
static struct bounded_heap attached;
/* Where new blocks come from; NULL before the first call. Under the lock, as the heaps are. */
static struct bounded_heap *current;
/* An enum heap_phase. Read without the lock: a thread that may not call must not wait either. */
static atomic_uint phase;
static _Thread_local bool joined;

static void lock(void) {
    const int rc = pthread_mutex_lock(&heap_lock);
    kv_assert(rc == 0);
    if (current != NULL) return;
    bounded_heap_init(&bootstrap, bootstrap_memory, sizeof(bootstrap_memory));
    current = &bootstrap;
}

static void unlock(void) {
    const int rc = pthread_mutex_unlock(&heap_lock);
    kv_assert(rc == 0);
}

/* -- the life -- */

static void enter_phase(enum heap_phase next) {
    atomic_store_explicit(&phase, (unsigned)next, memory_order_release);
}

static enum heap_phase current_phase(void) {
    return (enum heap_phase)atomic_load_explicit(&phase, memory_order_acquire);
}

void process_heap_attach(void *memory, u64 bytes) {
    lock();
    if (current_phase() != PHASE_BOOTSTRAP) KV_FATAL("the process's heap is attached twice");
    bounded_heap_init(&attached, memory, bytes);
    current = &attached;
    enter_phase(PHASE_ATTACHED);
    unlock();
}

void process_heap_seal(void) {
    lock();
    if (current_phase() != PHASE_ATTACHED)
        KV_FATAL("the process's heap is sealed before it is attached, or twice");
    enter_phase(PHASE_SEALED);
    unlock();
}

void process_heap_join(void) {
    joined = true;
}

void process_heap_teardown(void) {
    lock();
    if (current_phase() == PHASE_TEARDOWN) KV_FATAL("the process's heap is torn down twice");
    enter_phase(PHASE_TEARDOWN);
    unlock();
}

/* -- who may call -- */

#define PLACE_TEXT_MAX 512u

/* The module and the place in it, in the form that addr2line takes. The return address is that of
 * the instruction behind the call, which may belong to another line or function, so the byte
 * before it is named. */
static void describe_place(char text[PLACE_TEXT_MAX], const void *from) {
    Dl_info info;
    const uintptr_t at = (uintptr_t)from - 1;
    if (from == NULL || dladdr((const void *)at, &info) == 0 || info.dli_fname == NULL) {
        snprintf(text, PLACE_TEXT_MAX, "%p, which is in no module", from);
        return;
    }
    const char *slash = strrchr(info.dli_fname, '/');
    const unsigned long long offset = at - (uintptr_t)info.dli_fbase;
    snprintf(text, PLACE_TEXT_MAX, "%s+0x%llx (addr2line -f -e %s 0x%llx)",
             slash == NULL ? info.dli_fname : slash + 1, offset, info.dli_fname, offset);
}

_Noreturn static void refuse(struct process_heap_call call, u64 bytes) {
    char place[PLACE_TEXT_MAX];
    describe_place(place, call.from);
    KV_FATAL("%s(%llu) on a data-plane thread after ready, from %s", call.function,
             (unsigned long long)bytes, place);
}

static bool is_allowed(void) {
    return KV_LIKELY(current_phase() != PHASE_SEALED) || joined;
}

/* The heap that a block came from; aborts when there is none. Under the lock. */
static struct bounded_heap *heap_of(const void *block, struct process_heap_call call) {
    if (current != &bootstrap && bounded_heap_owns(current, block)) return current;
    if (bounded_heap_owns(&bootstrap, block)) return &bootstrap;
    char place[PLACE_TEXT_MAX];
    describe_place(place, call.from);
    KV_FATAL("%s(%p): this address is not of the process's heap, from %s", call.function, block,
             place);
}

/* For the message of a call that is not allowed, so not worth an abort of its own. */
static u64 usable_or_zero(const void *block) {
    lock();
    u64 usable = 0;
    if (bounded_heap_owns(current, block))
        usable = bounded_heap_usable(current, block);
    else if (bounded_heap_owns(&bootstrap, block))
        usable = bounded_heap_usable(&bootstrap, block);
    unlock();
    return usable;
}

/* -- blocks -- */

void *process_heap_get(size_t bytes, size_t alignment, struct process_heap_call call) {
    if (!is_allowed()) refuse(call, bytes);
    lock();
    void *block = bounded_heap_get(current, bytes, alignment);
    unlock();
    if (block == NULL) errno = ENOMEM;
    return block;
}

/* A block of the bootstrap region that grows leaves it. Under the lock. */
static void *move_out(void *block, size_t bytes) {
    void *moved = bounded_heap_get(current, bytes, BOUNDED_HEAP_UNIT);
    if (moved == NULL) return NULL;
    memcpy(moved, block, (size_t)bounded_heap_usable(&bootstrap, block));
    bounded_heap_put(&bootstrap, &block);
    return moved;
}

void *process_heap_resize(void *block, size_t bytes, struct process_heap_call call) {
    if (!is_allowed()) refuse(call, bytes);
    lock();
    struct bounded_heap *heap = heap_of(block, call);
    const bool leaves = heap != current && bytes > bounded_heap_usable(heap, block);
    void *resized = leaves ? move_out(block, bytes) : bounded_heap_resize(heap, block, bytes);
    unlock();
    if (resized == NULL) errno = ENOMEM;
    return resized;
}

void process_heap_put(void **block, struct process_heap_call call) {
    if (!is_allowed()) refuse(call, usable_or_zero(*block));
    lock();
    bounded_heap_put(heap_of(*block, call), block);
    unlock();
}

u64 process_heap_usable(const void *block, struct process_heap_call call) {
    if (!is_allowed()) refuse(call, usable_or_zero(block));
    lock();
    const u64 usable = bounded_heap_usable(heap_of(block, call), block);
    unlock();
    return usable;
}

/* -- what is used -- */

void process_heap_usage(struct gauge *out) {
    lock();
    *out = current->gauge;
    unlock();
}

void process_heap_bootstrap_usage(struct gauge *out) {
    lock();
    *out = bootstrap.gauge;
    unlock();
}

bool process_heap_owns(const void *address) {
    lock();
    const bool owns = bounded_heap_owns(current, address) || bounded_heap_owns(&bootstrap, address);
    unlock();
    return owns;
}

bool process_heap_is_malloc(void) {
    return &process_heap_malloc_mark != NULL;
}
