/* process.h: what the kernel counts of this process.
 */
#ifndef KV_PROCESS_H
#define KV_PROCESS_H

#include "kv/types.h"

struct process_usage {
    u64 user_us; /* CPU time */
    u64 system_us;
    u64 minor_faults;
};

/* Of all threads together. */
void process_usage_all(struct process_usage *usage);
/* Of the calling thread. */
void process_usage_thread(struct process_usage *usage);

/* Bytes of the process that are in memory; 0 where the kernel does not say. */
u64 process_resident_bytes(void);

#endif
