#include "map.h"

/* What the pages of one cell are. */
struct cell {
    u32 kinds[PAGE_KINDS];
    u64 used_bytes;
    u64 pages;
};

const char *page_kind_name(enum page_kind kind) {
    static const char *const names[PAGE_KINDS] = {
        [PAGE_FREE] = "free",         [PAGE_HEAP] = "heap",   [PAGE_TREE] = "tree",
        [PAGE_OVERFLOW] = "overflow", [PAGE_DYING] = "dying",
    };
    return names[kind];
}

static void add_page(struct cell *cell, const struct page_info *info) {
    const u8 kind = __atomic_load_n(&info->kind, __ATOMIC_RELAXED);
    const u16 free_bytes = __atomic_load_n(&info->free_bytes, __ATOMIC_RELAXED);
    if (kind >= PAGE_KINDS) return;
    cell->kinds[kind]++;
    cell->pages++;
    if (kind == PAGE_FREE) return;
    cell->used_bytes += PAGE_BYTES;
    if (kind == PAGE_HEAP) cell->used_bytes -= u32_min(free_bytes, PAGE_BYTES);
}

static enum page_kind main_kind(const struct cell *cell) {
    enum page_kind most = PAGE_FREE;
    for (u32 kind = PAGE_FREE + 1; kind < PAGE_KINDS; kind++) {
        if (cell->kinds[kind] == 0) continue;
        if (most == PAGE_FREE || cell->kinds[kind] > cell->kinds[most]) most = (enum page_kind)kind;
    }
    return most;
}

void map_render(const struct pages *pages, struct text *out) {
    const u64 per_cell = u64_max(1, u64_div_up(pages->count, MAP_CELLS_MAX));
    text_printf(out, "{\"pages\":%u,\"page_bytes\":%u,\"pages_per_cell\":%llu,\"cells\":[",
                pages->count, PAGE_BYTES, (unsigned long long)per_cell);
    for (u64 first = 1; first <= pages->count; first += per_cell) {
        struct cell cell = {0};
        const u64 end = u64_min(first + per_cell, (u64)pages->count + 1);
        for (u64 page = first; page < end; page++)
            add_page(&cell, &pages->info[page]);
        const double all = (double)((end - first) * PAGE_BYTES);
        text_printf(out, "%s{\"kind\":\"%s\",\"fill\":%.3f}", first > 1 ? "," : "",
                    page_kind_name(main_kind(&cell)), (double)cell.used_bytes / all);
    }
    text_printf(out, "]}\n");
}
