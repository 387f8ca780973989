#include "json.h"

#include "kv/assert.h"

#define GRAIN 16u

/* cJSON's hooks have no argument, so what they work on is a thread's own: the allocator's exception
 * to the rule about globals. */
static _Thread_local struct {
    u8 *memory;
    size_t bytes;
    size_t used;
} area;

static void *area_get(size_t bytes) {
    if (bytes > area.bytes - area.used) return NULL;
    const size_t rounded = u64_round_up(bytes, GRAIN);
    if (rounded > area.bytes - area.used) return NULL;
    void *block = area.memory + area.used;
    area.used += rounded;
    return block;
}

static void area_put(void *block) {
    (void)block; /* json_end frees all at once */
}

void json_begin(void *memory, size_t bytes) {
    kv_assert(area.memory == NULL && (uintptr_t)memory % GRAIN == 0);
    area.memory = memory;
    area.bytes = bytes / GRAIN * GRAIN;
    area.used = 0;
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = area_get, .free_fn = area_put});
}

size_t json_end(void) {
    const size_t used = area.used;
    area.memory = NULL;
    area.bytes = area.used = 0;
    return used;
}

/* Names are literals: cJSON need not copy them. */
bool json_add(cJSON *object, const char *name, double value) {
    return object != NULL && cJSON_AddItemToObjectCS(object, name, cJSON_CreateNumber(value));
}

bool json_add_text(cJSON *object, const char *name, const char *text) {
    return object != NULL && cJSON_AddItemToObjectCS(object, name, cJSON_CreateString(text));
}
