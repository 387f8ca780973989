/* observe.h: what those who watch commands share.
 */
#ifndef KV_COMMAND_OBSERVE_H
#define KV_COMMAND_OBSERVE_H

#include "kv/call.h"

/* The arguments that are passwords, and must be shown to nobody: a bit for each of the first 64. */
u64 call_secrets(const struct call *call);
/* Shows a call to the clients in MONITOR. */
void monitors_feed(const struct call *call);

#endif
