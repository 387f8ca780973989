/* prefault.h: the program's own text, data and stack brought into memory, so that running a piece
 * of code for the first time is not a page fault after the server is ready.
 */
#ifndef KV_PREFAULT_H
#define KV_PREFAULT_H

#include "kv/types.h"

/* Walks the process's map and populates every mapping: reading those that are read-only, writing
 * private ones that are writable; and a part of the stack below the current frame. What the kernel
 * refuses is left to be faulted in later. Kernel 5.14 and later; before, it does nothing. */
void prefault_image(void);

#endif
