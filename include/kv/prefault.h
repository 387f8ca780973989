/* prefault.h: the program's own text, data and stack brought into memory, so that running a piece
 * of code for the first time is not a page fault after the server is ready.
 */
#ifndef KV_PREFAULT_H
#define KV_PREFAULT_H

#include "kv/types.h"

/* Walks the process's map and populates it: reading what is read-only, writing what is private and
 * writable; and a part of the stack below the current frame. Libraries that the executable does not
 * name itself, but only other libraries, are left out. What the kernel refuses is left to be
 * faulted in later. Allocates nothing. Kernel 5.14 and later; before, it only does the stack. */
void prefault_image(void);

#endif
