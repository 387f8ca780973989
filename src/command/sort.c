/* SORT and SORT_RO. Redis documents them; what it does with options that are given twice, with
 * limits beyond the list, and with BY that names no key, is kept. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "kv/assert.h"
#include "kv/number.h"

#include "list_internal.h"
#include "sort_internal.h"

void sort_budget(const struct options *options, struct budget *budget) {
    budget_add(budget, "command.sort", options->sort_elements_max,
               sizeof(struct sort_entry) * 3 / 2,
               "The elements of one SORT with what orders them, and half as many for merging.");
}

void sort_init(struct sort_memory *memory, struct arena *arena, const struct options *options) {
    u64 count = options->sort_elements_max;
    memory->entries = arena_carve(arena, "command.sort", count, sizeof(struct sort_entry) * 3 / 2);
    memory->spare = memory->entries + count;
    gauge_init(&memory->gauge, count);
}

/* -- options -- */

enum option {
    OPTION_ASC,
    OPTION_DESC,
    OPTION_ALPHA,
    OPTION_LIMIT,
    OPTION_STORE,
    OPTION_BY,
    OPTION_GET,
    OPTION_UNKNOWN
};

static const struct {
    const char *word;
    u32 arguments;
} options[OPTION_UNKNOWN] = {
    [OPTION_ASC] = {"ASC", 0},     [OPTION_DESC] = {"DESC", 0},   [OPTION_ALPHA] = {"ALPHA", 0},
    [OPTION_LIMIT] = {"LIMIT", 2}, [OPTION_STORE] = {"STORE", 1}, [OPTION_BY] = {"BY", 1},
    [OPTION_GET] = {"GET", 1},
};

/* The option at argument i; *next is the argument behind it. */
static enum option read_option(const struct call *call, u32 i, u32 *next) {
    for (u32 option = 0; option < OPTION_UNKNOWN; option++) {
        if (!call_is_word(call, i, options[option].word)) continue;
        *next = i + 1 + options[option].arguments;
        if (*next > call->argc) break;
        return (enum option)option;
    }
    return OPTION_UNKNOWN;
}

static bool read_options(struct sort *sort) {
    struct call *call = sort->call;
    bool read_only = call->command->flags & COMMAND_FLAG(READONLY);
    u32 next;
    for (u32 i = 2; i < call->argc; i = next) {
        switch (read_option(call, i, &next)) {
        case OPTION_ASC:
            sort->descending = false;
            break;
        case OPTION_DESC:
            sort->descending = true;
            break;
        case OPTION_ALPHA:
            sort->alpha = true;
            break;
        case OPTION_LIMIT:
            if (!call_integer(call, i + 1, &sort->limit_start)) return false;
            if (!call_integer(call, i + 2, &sort->limit_count)) return false;
            break;
        case OPTION_STORE:
            if (read_only) {
                call_syntax_error(call);
                return false;
            }
            sort->destination = i + 1;
            break;
        case OPTION_BY: {
            struct sort_pattern pattern;
            sort->has_by = true;
            sort->by = call->argv[i + 1];
            sort_pattern_read(sort->by, &pattern);
            /* Once and for all: another BY does not change it. */
            if (pattern.is_constant) sort->unsorted = true;
            break;
        }
        case OPTION_GET:
            sort->gets++;
            break;
        default:
            call_syntax_error(call);
            return false;
        }
    }
    return true;
}

/* -- the output -- */

/* Which elements LIMIT leaves. */
static void apply_limit(struct sort *sort) {
    i64 length = (i64)sort->length;
    i64 first = sort->limit_start < 0 ? 0 : sort->limit_start;
    i64 count = sort->limit_count < 0 || sort->limit_count > length ? length : sort->limit_count;
    if (first > length) first = length;
    sort->first = (u64)first;
    sort->count = (u64)(count > length - first ? length - first : count);
}

void sort_outputs_begin(struct sort_outputs *outputs, const struct sort *sort) {
    *outputs = (struct sort_outputs){.sort = sort, .cursor = sort->cursor};
}

static void next_element(struct sort_outputs *outputs) {
    const struct sort *sort = outputs->sort;
    bool good = true;
    if (!sort->unsorted) {
        const struct sort_entry *entries = sort->call->engine->sort.entries;
        run_decode(entries[sort->first + outputs->done].at, &outputs->element);
    } else if (sort->descending) {
        good = list_previous(&outputs->cursor, &outputs->element);
    } else {
        good = list_next(&outputs->cursor, &outputs->element);
    }
    kv_assert(good);
    outputs->done++;
}

/* The argument of the next GET from argument `from` on; 0: there is none. */
static u32 next_get(const struct call *call, u32 from) {
    u32 next;
    for (u32 i = from; i < call->argc; i = next)
        if (read_option(call, i, &next) == OPTION_GET) return i + 1;
    return 0;
}

bool sort_outputs_next(struct sort_outputs *outputs, struct sort_value *value) {
    const struct sort *sort = outputs->sort;
    struct sort_pattern pattern = {.is_element = true};
    if (outputs->next == 0) {
        if (outputs->done == sort->count) return false;
        next_element(outputs);
        outputs->next = 2;
    }
    if (sort->gets > 0) {
        u32 get = next_get(sort->call, outputs->next);
        sort_pattern_read(sort->call->argv[get], &pattern);
        outputs->next = next_get(sort->call, get + 1) == 0 ? 0 : get + 1;
    } else {
        outputs->next = 0;
    }
    sort_pattern_find(sort->call, &pattern, &outputs->element, value);
    return true;
}

static void reply_value(struct call *call, const struct sort_value *value) {
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    if (value->kind == SORT_NOTHING) {
        reply_null(&call->reply);
    } else if (value->kind == SORT_ELEMENT) {
        list_reply_element(call, &value->element);
    } else {
        u64 len = sort_value_open(&call->engine->store, value, digits, &cursor);
        call_reply_cursor(call, len, &cursor);
    }
}

static void reply_output(const struct sort *sort) {
    struct call *call = sort->call;
    struct sort_outputs outputs;
    struct sort_value value;
    reply_array(&call->reply, sort->count * u32_max(sort->gets, 1));
    sort_outputs_begin(&outputs, sort);
    while (!call->reply.chain->overflow && sort_outputs_next(&outputs, &value))
        reply_value(call, &value);
}

/* -- reading the list -- */

/* Nothing moves a tree's leaves. A run lies in its item, so a copy is read. */
static void open_list(struct sort *sort, const struct item *item, u64 position) {
    u8 *scratch = sort->call->engine->scratch;
    struct tree_cursor *place = &sort->cursor.place;
    list_open(&sort->call->engine->store, item, position, scratch, &sort->cursor);
    if (item->encoding != ENCODING_RUN) return;
    u8 *copy = scratch + STORE_SCRATCH_BYTES / 2;
    size_t len = (size_t)(place->end - place->begin);
    kv_assert(len <= STORE_SCRATCH_BYTES / 2);
    memcpy(copy, place->begin, len);
    place->at = copy + (place->at - place->begin);
    place->begin = copy;
    place->end = copy + len;
}

/* Places the cursor before the element that an unsorted output begins with, or behind it when the
 * output goes backwards. */
static void open_unsorted(struct sort *sort, const struct item *item) {
    struct element ignored;
    if (sort->count == 0) return;
    u64 first = sort->descending ? sort->length - 1 - sort->first : sort->first;
    open_list(sort, item, first);
    if (sort->descending) list_next(&sort->cursor, &ignored);
}

static void collect(struct sort *sort) {
    struct sort_entry *entries = sort->call->engine->sort.entries;
    struct tree_cursor place = sort->cursor.place;
    struct bytes run;
    u64 count = 0;
    while (tree_next_run(sort->cursor.pages, &place, &run)) {
        for (u32 at = 0; at < run.len; at += run_length_at(run.data + at))
            entries[count++] = (struct sort_entry){.at = run.data + at};
    }
    kv_assert(count == sort->length);
}

/* -- what elements are ordered by -- */

/* The number that a text reads as, by the rules of strtod, which Redis uses: up to a zero byte if
 * there is one. A text that engine->text cannot hold is none. */
static bool read_score(struct call *call, const struct sort_value *value, double *score) {
    char digits[NUMBER_TEXT_MAX];
    struct value_cursor cursor;
    struct bytes piece;
    char *text = call->engine->text, *end;
    u64 room = ENGINE_TEXT_BYTES - 1, len = 0;
    u64 whole = sort_value_open(&call->engine->store, value, digits, &cursor);
    while (len < room && value_next(&cursor, &piece)) {
        u64 part = u64_min(piece.len, room - len);
        memcpy(text + len, piece.data, part);
        len += part;
    }
    text[len] = '\0';
    if (whole > len && memchr(text, 0, len) == NULL) return false;
    errno = 0;
    *score = strtod(text, &end);
    return *end == '\0' && errno != ERANGE && !isnan(*score);
}

/* Gives every entry its score, or its weight. False: a score is no number. */
static bool weigh(struct sort *sort) {
    struct call *call = sort->call;
    struct sort_entry *entries = call->engine->sort.entries;
    struct sort_pattern pattern = {.is_element = true};
    bool good = true;
    if (sort->alpha && !sort->has_by) return true;
    if (sort->has_by) sort_pattern_read(sort->by, &pattern);
    for (u64 i = 0; i < sort->length; i++) {
        struct sort_entry *entry = &entries[i];
        struct sort_value value;
        struct element element;
        run_decode(entry->at, &element);
        sort_pattern_find(call, &pattern, &element, &value);
        if (sort->alpha) {
            entry->weight = value.kind == SORT_STRING ? value.item.handle : 0;
        } else if (value.kind == SORT_ELEMENT && element.is_integer) {
            entry->score = (double)element.integer;
        } else if (value.kind == SORT_NOTHING) {
            entry->score = 0;
        } else if (!read_score(call, &value, &entry->score)) {
            good = false;
        }
    }
    return good;
}

static void bring_into_order(const struct sort *sort) {
    struct engine *engine = sort->call->engine;
    struct sort_entry *entries = engine->sort.entries;
    struct sort_order order = {.store = &engine->store,
                               .descending = sort->descending,
                               .alpha = sort->alpha,
                               .weighed = sort->has_by,
                               .collates = sort->destination == 0};
    u32 length = (u32)sort->length;
    if (sort->count == 0) return;
    /* Where the bytes of weights decide, elements that are not the same can be equal; only then it
     * can be seen by which way they were sorted. */
    if (sort->alpha && sort->has_by && sort->count < length) {
        sort_partly(&order, entries, length, (u32)sort->first,
                    (u32)(sort->first + sort->count - 1));
    } else {
        sort_all(&order, entries, length, engine->sort.spare);
    }
}

/* -- the command -- */

static void put_out(const struct sort *sort) {
    if (sort->destination != 0) {
        sort_store(sort);
    } else {
        reply_output(sort);
    }
}

static void sort_list(struct sort *sort, const struct item *item) {
    struct call *call = sort->call;
    struct gauge *gauge = &call->engine->sort.gauge;
    if (sort->length > gauge->max) {
        gauge->exhausted++;
        call_errorf(call, "ERR list of %llu elements exceeds sort-elements-max (%llu)",
                    (unsigned long long)sort->length, (unsigned long long)gauge->max);
        return;
    }
    gauge_add(gauge, sort->length);
    open_list(sort, item, 0);
    collect(sort);
    if (weigh(sort)) {
        bring_into_order(sort);
        put_out(sort);
    } else {
        call_error(call, "ERR One or more scores can't be converted into double");
    }
    gauge_sub(gauge, sort->length);
}

/* The list, counted as read, whatever SORT's flags are. */
static bool find_list(struct sort *sort, struct item *item, bool *failed) {
    struct call *call = sort->call;
    bool found = call_find_typed(call, 1, call->hash, ITEM_LIST, item, failed);
    if (!(call->command->flags & COMMAND_FLAG(READONLY))) {
        call->hits += found || *failed;
        call->misses += !found && !*failed;
    }
    return found;
}

void command_sort(struct call *call) {
    struct sort sort = {.call = call, .limit_count = -1};
    struct item item;
    bool failed;
    if (!read_options(&sort)) return;
    bool found = find_list(&sort, &item, &failed);
    if (failed) return;
    if (found) sort.length = list_length(&call->engine->store, &item);
    apply_limit(&sort);
    if (!found) {
        put_out(&sort);
    } else if (sort.unsorted) {
        open_unsorted(&sort, &item);
        put_out(&sort);
    } else {
        sort_list(&sort, &item);
    }
}
