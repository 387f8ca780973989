/* json.h: cJSON over a given piece of memory: one document at a time, built and thrown away.
 */
#ifndef KV_ADMIN_JSON_H
#define KV_ADMIN_JSON_H

#include <cjson/cJSON.h>

#include "kv/types.h"

/* From here on cJSON allocates from `memory` on this thread, and frees nothing. When it is used up,
 * cJSON's functions fail. Aligned to 16. */
void json_begin(void *memory, size_t bytes);
/* Everything that cJSON made since json_begin is gone. Returns the bytes that it took. */
size_t json_end(void);

/* A number member. False when memory for it cannot be had. Whole numbers up to 2^53 are exact. */
bool json_add(cJSON *object, const char *name, double value);
static inline bool json_add_u64(cJSON *object, const char *name, u64 value) {
    return json_add(object, name, (double)value);
}
bool json_add_text(cJSON *object, const char *name, const char *text);

#endif
