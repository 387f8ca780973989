/* process_heap.h: the heap of the whole process, which stands behind malloc (src/memory/malloc.c)
 * and has a life in one direction:
 *
 *   bootstrap   blocks come from a static region, before anything is reserved;
 *   attached    new blocks come from the region of the budget, the row "memory.heap";
 *   sealed      the server is ready: only threads that joined (the admin plane) may call;
 *   teardown    the process is about to exit: everyone may call again.
 *
 * A call that is not allowed is a bug of this program and aborts, with the place that called. One
 * lock, held for constant time, is taken by every call. A fork while other threads allocate leaves
 * the child a heap that may be locked: it may only exec.
 */
#ifndef KV_PROCESS_HEAP_H
#define KV_PROCESS_HEAP_H

#include "kv/gauge.h"

/* The bootstrap region. The constructors of the libraries take 120 KB, nearly all of it GnuTLS
 * below libmicrohttpd; the most that was ever in use at once was 138,256 bytes, by --budget=json
 * (cJSON) on Debian 12. Twice that is given, because the libraries change and read files of the
 * host. */
#define PROCESS_HEAP_BOOTSTRAP_MEASURED ((u64)136 << 10)
#define PROCESS_HEAP_BOOTSTRAP_BYTES (2 * PROCESS_HEAP_BOOTSTRAP_MEASURED)

/* Who calls, for the message of a call that is not allowed. */
struct process_heap_call {
    const char *function; /* "malloc" */
    const void *from;     /* its return address */
};

/* bootstrap -> attached. `memory` is aligned to 16 and stays the heap's until the process ends;
 * it is never unmapped, because exit handlers free blocks in it. Blocks of the bootstrap region
 * stay valid, go back there, and move out when they grow. */
void process_heap_attach(void *memory, u64 bytes);
/* attached -> sealed. Called once by the data-plane thread, when the server is ready. */
void process_heap_seal(void);
/* The calling thread may use the heap after the seal, until it ends. Before or after the seal. */
void process_heap_join(void);
/* From any state but teardown. Before main returns or exit is called. */
void process_heap_teardown(void);

/* A block of at least `bytes` (0: one all the same), aligned to `alignment`, a power of two, and to
 * 16 at least. NULL, with errno ENOMEM, when there is none; the exhausted counter then moves, and
 * nothing else. Contents are undefined. */
void *process_heap_get(size_t bytes, size_t alignment, struct process_heap_call call);
/* Another size for a block, which may move. NULL, with errno ENOMEM, when there is no room; the
 * block is then as it was. Making a block smaller never fails. */
void *process_heap_resize(void *block, size_t bytes, struct process_heap_call call);
/* Puts *block back and clears it; errno stays. Aborts when it is not a block of this heap. */
void process_heap_put(void **block, struct process_heap_call call);
/* How many bytes of the block may be used. */
u64 process_heap_usable(const void *block, struct process_heap_call call);

/* A consistent copy of the gauge, in bytes, of the region that new blocks come from. Takes the
 * lock, and is allowed to every thread at every time. */
void process_heap_usage(struct gauge *out);
/* The same of the bootstrap region. */
void process_heap_bootstrap_usage(struct gauge *out);
static inline u64 process_heap_bootstrap_used(void) {
    struct gauge gauge;
    process_heap_bootstrap_usage(&gauge);
    return gauge.used;
}
/* Whether the address lies in one of the two regions. */
bool process_heap_owns(const void *address);
/* Whether this program's malloc is this heap: src/memory/malloc.c is linked in, and not compiled to
 * nothing (sanitizers, configure --disable-bounded-malloc). */
bool process_heap_is_malloc(void);

/* Defined by malloc.c when it is in force, and by nobody otherwise. */
extern const bool process_heap_malloc_mark __attribute__((weak));

#endif
