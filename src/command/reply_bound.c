/* reply_bound.c: what a call can reply, and what it does to the replies of those after it. */
#include "kv/assert.h"
#include "kv/number.h"

#include "reply_bound_internal.h"

enum effect_adds {
    ADDS_ANYTHING, /* of a command that effects.def does not have */
    ADDS_NOTHING,
    ADDS_POPS,
    ADDS_SHORTENS,
    ADDS_SETS,
    ADDS_NUMBER,
    ADDS_FLOAT,
    ADDS_OFFSET,
    ADDS_BITS,
    ADDS_APPENDS,
    ADDS_PUSHES,
    ADDS_ELEMENT,
    ADDS_CONTENT,
    ADDS_SORTED,
    ADDS_DUMPED
};

enum effect_replies {
    REPLIES_AUTO,
    REPLIES_STRING,
    REPLIES_ENDS,
    REPLIES_INDEX,
    REPLIES_RANGE,
    REPLIES_POSITIONS,
    REPLIES_SORTED,
    REPLIES_DUMPED,
    REPLIES_MATCHES,
    REPLIES_NUMBERS,
    REPLIES_FLOAT,
    REPLIES_NAME,
    REPLIES_NAMES,
    REPLIES_TEXT
};

static const struct {
    const char *name;
    enum effect_adds adds;
    enum effect_replies replies;
} effects[] = {
#define EFFECT(name, adds, replies) {name, ADDS_##adds, REPLIES_##replies},
#include "kv/tbl/effects.def"
#undef EFFECT
};

/* Digits of a long double with its fraction: 4933 before the point, 17 behind it. */
#define FLOAT_BYTES 5200u
/* Digits and the sign of an i64. */
#define INTEGER_BYTES 20u
/* The longest error of a command whose reply is more than a line. */
#define ERROR_BYTES 128u
/* That of LPOS alone. */
#define POSITIONS_ERROR_BYTES 192u
/* A byte of LZF makes up to 88, and an element of two bytes a reply of eight. */
#define DUMP_RATIO 512u
/* Of a serialised value: what stands around each element, and around them all. */
#define DUMP_AROUND 64u
/* One match of LCS: four positions and a length, in arrays. */
#define MATCH_BYTES 160u
/* Replies of commands that are not run to measure them. */
#define TEXT_BYTES 32768u
/* Reports on the server change by themselves, too: counters get digits, rows come in. */
#define REPORT_SLACK 32768u
#define REPORT_CALL_BYTES 512u

static u64 add(u64 a, u64 b) {
    return reply_bound_sum(a, b);
}

static u64 multiply(u64 a, u64 b) {
    return reply_bound_product(a, b);
}

void reply_bounds_budget(struct budget *budget) {
    budget_add(budget, "command.reply_bounds", REPLY_BOUND_SLOTS, sizeof(struct key_notes),
               "What the commands of a transaction can do to each other's replies.");
}

void reply_bounds_init(struct reply_bounds *bounds, struct arena *arena,
                       const struct command_lookup *lookup, u64 seed) {
    *bounds = (struct reply_bounds){.seed = seed};
    bounds->notes =
        arena_carve(arena, "command.reply_bounds", REPLY_BOUND_SLOTS, sizeof(struct key_notes));
    memset(bounds->notes, 0, REPLY_BOUND_SLOTS * sizeof(struct key_notes));
    for (u32 i = 0; i < KV_ARRAY_LENGTH(effects); i++) {
        const struct command *command = command_find_full(lookup, bytes_of_string(effects[i].name));
        if (command == NULL) continue;
        bounds->adds[command->id] = (u8)effects[i].adds;
        bounds->replies[command->id] = (u8)effects[i].replies;
    }
}

bool reply_bounds_knows(const struct command *command) {
    for (u32 i = 0; i < KV_ARRAY_LENGTH(effects); i++) {
        if (strcmp(effects[i].name, command->full_name) == 0) return true;
    }
    return false;
}

void reply_bound_begin(struct reply_bound *bound, const struct call *exec, u64 max) {
    exec->engine->transactions.bounds.epoch++;
    *bound = (struct reply_bound){
        .engine = exec->engine,
        .max = max,
        .selected = exec->client->database,
        .protocol = exec->client->protocol,
    };
    for (u32 i = 0; i < STORE_DATABASES; i++)
        bound->now[i] = (u8)i;
}

/* -- arguments -- */

static u64 arguments_bytes(const struct call *call) {
    u64 bytes = 0;
    for (u32 i = 0; i < call->argc; i++)
        bytes += reply_bytes_of(call->argv[i].len);
    return bytes;
}

static u64 longest_argument(const struct call *call) {
    u64 longest = INTEGER_BYTES;
    for (u32 i = 1; i < call->argc; i++)
        longest = u64_max(longest, call->argv[i].len);
    return longest;
}

static u32 count_word(const struct call *call, const char *word) {
    u32 count = 0;
    for (u32 i = 1; i < call->argc; i++)
        count += call_is_word(call, i, word);
    return count;
}

/* The largest number among the arguments, "#12" being 12 times `hash_unit`: offsets. */
static u64 largest_number(const struct call *call, u64 hash_unit) {
    u64 largest = 0;
    for (u32 i = 2; i < call->argc; i++) {
        struct bytes text = call->argv[i];
        bool hash = text.len > 1 && text.data[0] == '#';
        i64 value;
        if (hash) text = bytes_of(text.data + 1, text.len - 1);
        if (!number_parse_i64(text, &value) || value < 0) continue;
        largest = u64_max(largest, multiply((u64)value, hash ? hash_unit : 1));
    }
    return largest;
}

/* How many elements a command takes from an end: the number after COUNT, or the last argument. */
static u64 ends_count(const struct call *call) {
    u32 at = 0;
    i64 count;
    if (call->command->key_specs[0].find == KEY_FIND_COUNTED) {
        for (u32 i = 1; i + 1 < call->argc; i++) {
            if (call_is_word(call, i, "COUNT")) at = i + 1;
        }
    } else if (call->argc == 3 && call->command->key_specs[0].last == 0) {
        at = 2;
    }
    if (at == 0 || !number_parse_i64(call->argv[at], &count) || count < 1) return 1;
    return (u64)count;
}

/* -- reading as it is now -- */

static bool is_written(const struct call *call) {
    if (!(call->command->flags & COMMAND_FLAG(WRITE))) return false;
    /* SORT without STORE only reads. */
    return call->engine->transactions.bounds.adds[call->command->id] != ADDS_SORTED ||
           count_word(call, "STORE") > 0;
}

static bool is_report(const struct command *command) {
    return command->bound == BOUND_TEXT && !(command->flags & COMMAND_FLAG(READONLY));
}

/* Whether the call finds what it reads as it is now. */
static bool reads_as_now(struct reply_bound *bound, const struct call *call) {
    if (is_report(call->command)) return true;
    if (bound->writes == 0) return true;
    if (bound->anything) return false;
    struct key_walk walk;
    key_walk_begin(&walk, call->command, call->argv, call->argc);
    u32 keys = 0;
    for (u32 i = key_walk_next(&walk); i != 0; i = key_walk_next(&walk)) {
        struct bound_key key;
        bound_key_find(bound, call->argv[i], &key);
        if (key.notes->changed) return false;
        keys++;
    }
    for (u32 i = 0; i < KEY_SPECS_MAX; i++) {
        if (call->command->key_specs[i].find == KEY_FIND_UNKNOWN) return false;
    }
    return keys > 0;
}

static u64 measure_in(struct reply_bound *bound, const struct call *call, u8 protocol) {
    struct client *client = call->client;
    u8 database = client->database;
    struct chain chain;
    struct call probe = *call;
    chain_init_measure(&chain, call->reply.chain->chunks, bound->max);
    probe.reply = (struct reply){.chain = &chain, .protocol = protocol};
    probe.measured = true;
    client->database = reply_bound_database(bound);
    u32 key = command_first_key(call->command, call->argv, call->argc);
    if (key != 0) probe.hash = call_hash(&probe, key);
    call->command->handler(&probe);
    client->database = database;
    return chain.overflow ? REPLY_UNBOUNDED : chain.bytes;
}

static u64 measure(struct reply_bound *bound, const struct call *call) {
    u64 bytes;
    if (bound->protocol != 0) {
        bytes = measure_in(bound, call, bound->protocol);
    } else {
        bytes = u64_max(measure_in(bound, call, 2), measure_in(bound, call, 3));
    }
    if (!is_report(call->command)) return bytes;
    u64 slack = add(REPORT_SLACK, multiply(bound->calls, REPORT_CALL_BYTES));
    return add(add(bytes, bytes / 4), add(slack, bound->arguments));
}

/* -- replies of what may have changed -- */

/* Of a collection's elements, or of a single one. */
static u64 reply_of(const struct call *call, const struct key_reach *reach, u64 count) {
    u64 each = reply_bytes_of(reach->longest);
    if (call->command->bound == BOUND_VALUE) return each;
    return add(HEADER_BYTES, u64_min(reach->bytes, multiply(count, each)));
}

static void reach_range(struct reply_bound *bound, const struct call *call,
                        const struct bound_key *key, u32 last, struct key_reach *reach) {
    i64 from, to;
    if (call->argc > last && number_parse_i64(call->argv[2], &from) &&
        number_parse_i64(call->argv[last], &to)) {
        bound_key_range(bound, key, from, to, reach);
    } else {
        *reach = (struct key_reach){0};
    }
}

/* Elements, and with GET what other keys hold. */
static u64 reply_of_sort(struct reply_bound *bound, const struct call *call,
                         const struct bound_key *key) {
    struct key_reach whole;
    bound_key_whole(bound, key, &whole);
    u64 gets = count_word(call, "GET");
    if (gets == 0) return add(HEADER_BYTES, whole.bytes);
    u64 elements = bound_key_elements(bound, key);
    u64 each = reply_bytes_of(bound->engine->options.val_size_max);
    return add(HEADER_BYTES, multiply(multiply(elements, gets), each));
}

static u64 reply_of_positions(struct reply_bound *bound, const struct call *call,
                              const struct bound_key *key) {
    u64 count = bound_key_elements(bound, key);
    i64 wanted = 0;
    for (u32 i = 3; i + 1 < call->argc; i += 2) {
        /* The last one counts, and 0 is all of them. */
        if (call_is_word(call, i, "COUNT")) number_parse_i64(call->argv[i + 1], &wanted);
    }
    if (wanted > 0) count = u64_min(count, (u64)wanted);
    return u64_max(add(HEADER_BYTES, multiply(count, HEADER_BYTES)), POSITIONS_ERROR_BYTES);
}

static u64 reply_of_key(struct reply_bound *bound, const struct call *call, struct bytes name) {
    struct bound_key key;
    struct key_reach reach;
    bound_key_find(bound, name, &key);
    switch ((enum effect_replies)bound->engine->transactions.bounds.replies[call->command->id]) {
    case REPLIES_STRING:
        return reply_bytes_of(bound_key_string(bound, &key));
    case REPLIES_ENDS: {
        u64 count = ends_count(call);
        bound_key_ends(bound, &key, count, &reach);
        /* Where one of several keys serves, its name comes with the elements. */
        return add(reply_of(call, &reach, count), reply_bytes_of(name.len));
    }
    case REPLIES_INDEX:
        reach_range(bound, call, &key, 2, &reach);
        return reply_bytes_of(reach.longest);
    case REPLIES_RANGE:
        reach_range(bound, call, &key, 3, &reach);
        return add(HEADER_BYTES, reach.bytes);
    case REPLIES_POSITIONS:
        return reply_of_positions(bound, call, &key);
    case REPLIES_SORTED:
        return reply_of_sort(bound, call, &key);
    case REPLIES_DUMPED:
        bound_key_whole(bound, &key, &reach);
        return add(DUMP_AROUND, multiply(reach.bytes, 2));
    default:
        break;
    }
    if (call->command->bound == BOUND_KEYS_BOUND) {
        return reply_bytes_of(bound_key_string(bound, &key));
    }
    bound_key_whole(bound, &key, &reach);
    return reply_of(call, &reach, UINT64_MAX);
}

static u64 reply_of_keys(struct reply_bound *bound, const struct call *call) {
    struct key_walk walk;
    u64 bytes = HEADER_BYTES;
    key_walk_begin(&walk, call->command, call->argv, call->argc);
    for (u32 i = key_walk_next(&walk); i != 0 && bytes <= bound->max; i = key_walk_next(&walk)) {
        bytes = add(bytes, reply_of_key(bound, call, call->argv[i]));
    }
    return bytes;
}

struct names {
    u64 bytes;
    u64 max;
};

static void add_name(void *context, const struct item *item) {
    struct names *names = context;
    if (names->bytes <= names->max) names->bytes += reply_bytes_of(item->key.len);
}

/* The names of all keys that the database may have. */
static u64 reply_of_names(const struct reply_bound *bound) {
    struct store *store = &bound->engine->store;
    struct names names = {.bytes = 2 * HEADER_BYTES, .max = bound->max};
    if (bound->anything) return REPLY_UNBOUNDED;
    u64 keys = store_keys(store, reply_bound_database(bound));
    if (keys > bound->max) return REPLY_UNBOUNDED;
    u64 cursor = 0;
    do {
        cursor = store_scan(store, reply_bound_database(bound), cursor, keys + 1, add_name, &names);
    } while (cursor != 0 && names.bytes <= bound->max);
    return add(names.bytes, bound->arguments);
}

/* A match has at least a byte of each string. */
static u64 reply_of_matches(struct reply_bound *bound, const struct call *call) {
    u64 shortest = REPLY_UNBOUNDED;
    struct key_walk walk;
    key_walk_begin(&walk, call->command, call->argv, call->argc);
    for (u32 i = key_walk_next(&walk); i != 0; i = key_walk_next(&walk)) {
        struct bound_key key;
        bound_key_find(bound, call->argv[i], &key);
        shortest = u64_min(shortest, bound_key_string(bound, &key));
    }
    if (count_word(call, "IDX") == 0) return reply_bytes_of(shortest);
    return add(MATCH_BYTES, multiply(shortest, MATCH_BYTES));
}

static u64 reply_of_changed(struct reply_bound *bound, const struct call *call) {
    switch ((enum effect_replies)bound->engine->transactions.bounds.replies[call->command->id]) {
    case REPLIES_NUMBERS:
        return add(CALL_REPLY_SMALL, multiply(call->argc, HEADER_BYTES));
    case REPLIES_NAMES:
        return reply_of_names(bound);
    case REPLIES_MATCHES:
        return reply_of_matches(bound, call);
    default:
        return reply_of_keys(bound, call);
    }
}

/* -- one call's reply -- */

static u64 reply_of_call(struct reply_bound *bound, const struct call *call) {
    const struct command *command = call->command;
    switch ((enum command_bound)command->bound) {
    case BOUND_LINE:
        return CALL_REPLY_LINE;
    case BOUND_SMALL:
        return CALL_REPLY_SMALL;
    case BOUND_ARGUMENTS:
        return add(CALL_REPLY_SMALL, arguments_bytes(call));
    case BOUND_VALUE_IF_GET:
        if (count_word(call, "GET") == 0) return CALL_REPLY_LINE;
        break;
    default:
        break;
    }
    switch ((enum effect_replies)bound->engine->transactions.bounds.replies[command->id]) {
    case REPLIES_NAME:
        return add(CALL_REPLY_SMALL, bound->engine->options.key_size_max);
    case REPLIES_FLOAT:
        return add(CALL_REPLY_SMALL, FLOAT_BYTES);
    case REPLIES_TEXT:
        return TEXT_BYTES;
    default:
        break;
    }
    if (!is_written(call) && reads_as_now(bound, call)) {
        return u64_max(measure(bound, call), CALL_REPLY_LINE);
    }
    return u64_max(reply_of_changed(bound, call), ERROR_BYTES);
}

/* -- what a call does to those after it -- */

/* What is noted of each key that the call may change. */
struct change {
    u64 grown;
    u64 replaced;
    u64 added;
    u64 longest;
    u64 shift;
    bool anew; /* what is added replaces the list, instead of lengthening it */
};

static const struct change unknown_change = {.grown = REPLY_UNBOUNDED,
                                             .replaced = REPLY_UNBOUNDED,
                                             .added = REPLY_UNBOUNDED,
                                             .longest = REPLY_UNBOUNDED,
                                             .shift = UINT64_MAX};

/* What any key of the call holds that is not only overwritten may get to any other. */
static void change_contents(struct reply_bound *bound, const struct call *call,
                            struct change *change) {
    struct key_walk walk;
    *change = (struct change){.shift = UINT64_MAX, .anew = true};
    key_walk_begin(&walk, call->command, call->argv, call->argc);
    for (u32 i = key_walk_next(&walk); i != 0; i = key_walk_next(&walk)) {
        struct bound_key key;
        struct key_reach list;
        if (call->command->key_specs[walk.spec].flags & COMMAND_KEY_FLAG(OW)) continue;
        bound_key_find(bound, call->argv[i], &key);
        bound_key_list(bound, &key, &list);
        change->replaced = u64_max(change->replaced, bound_key_string(bound, &key));
        change->added = u64_max(change->added, list.bytes);
        change->longest = u64_max(change->longest, list.longest);
    }
}

static void change_end(struct reply_bound *bound, const struct call *call, struct change *change) {
    struct bound_key key;
    struct key_reach ends;
    bound_key_find(bound, call->argv[1], &key);
    bound_key_ends(bound, &key, 1, &ends);
    *change =
        (struct change){.added = reply_bytes_of(ends.longest), .longest = ends.longest, .shift = 1};
}

/* What a serialised value is unpacked to. */
static void change_dumped(const struct call *call, struct change *change) {
    u64 bytes = multiply(longest_argument(call), DUMP_RATIO);
    *change = (struct change){
        .replaced = bytes, .added = bytes, .longest = bytes, .shift = UINT64_MAX, .anew = true};
}

static void compute_change(struct reply_bound *bound, const struct call *call,
                           enum effect_adds adds, struct change *change) {
    *change = (struct change){0};
    u64 longest = longest_argument(call);
    switch (adds) {
    case ADDS_NOTHING:
        break;
    case ADDS_POPS:
        change->shift = ends_count(call);
        break;
    case ADDS_SHORTENS:
        change->shift = UINT64_MAX;
        break;
    case ADDS_SETS:
        change->replaced = longest;
        break;
    case ADDS_NUMBER:
        change->replaced = INTEGER_BYTES;
        break;
    case ADDS_FLOAT:
        change->replaced = FLOAT_BYTES;
        break;
    case ADDS_OFFSET:
        change->replaced = add(largest_number(call, 1), longest);
        break;
    case ADDS_BITS:
        /* A field has at most 64 bits. */
        change->replaced = add(largest_number(call, 64) / 8, 16);
        break;
    case ADDS_APPENDS:
        change->grown = longest;
        break;
    case ADDS_PUSHES:
        *change = (struct change){
            .added = arguments_bytes(call), .longest = longest, .shift = call->argc};
        break;
    case ADDS_ELEMENT:
        change_end(bound, call, change);
        break;
    case ADDS_SORTED:
        *change = unknown_change;
        if (count_word(call, "GET") == 0) change_contents(bound, call, change);
        break;
    case ADDS_CONTENT:
        change_contents(bound, call, change);
        break;
    case ADDS_DUMPED:
        change_dumped(call, change);
        break;
    case ADDS_ANYTHING:
        *change = unknown_change;
        break;
    }
}

static void note_key(struct reply_bound *bound, struct bytes name, const struct change *change) {
    struct bound_key key;
    bound_key_find(bound, name, &key);
    struct key_notes *notes = key.notes;
    notes->changed = true;
    /* What is appended lengthens what was set before, too. */
    notes->grown = add(notes->grown, change->grown);
    if (notes->replaced > 0) notes->replaced = add(notes->replaced, change->grown);
    notes->replaced = u64_max(notes->replaced, change->replaced);
    notes->added =
        change->anew ? u64_max(notes->added, change->added) : add(notes->added, change->added);
    notes->longest = u64_max(notes->longest, change->longest);
    notes->shift = add(notes->shift, change->shift);
}

static void note_change(struct reply_bound *bound, const struct call *call) {
    enum effect_adds adds =
        (enum effect_adds)bound->engine->transactions.bounds.adds[call->command->id];
    struct key_walk walk;
    struct change change;
    u32 keys = 0;
    bound->writes++;
    /* What is gone replies less than what is there. */
    if (adds == ADDS_NOTHING) return;
    compute_change(bound, call, adds, &change);
    key_walk_begin(&walk, call->command, call->argv, call->argc);
    for (u32 i = key_walk_next(&walk); i != 0; i = key_walk_next(&walk)) {
        u32 flags = call->command->key_specs[walk.spec].flags;
        keys++;
        if (!(flags & COMMAND_KEY_FLAG(RO))) note_key(bound, call->argv[i], &change);
    }
    if (adds == ADDS_ANYTHING && keys == 0) bound->anything = true;
}

static bool database_argument(const struct call *call, u32 i, u8 *database) {
    i64 value;
    if (!number_parse_i64(call->argv[i], &value)) return false;
    if (value < 0 || value >= STORE_DATABASES) return false;
    *database = (u8)value;
    return true;
}

static void note_swap(struct reply_bound *bound, const struct call *call) {
    u8 a, b;
    if (!database_argument(call, 1, &a) || !database_argument(call, 2, &b)) return;
    u8 now = bound->now[a];
    bound->now[a] = bound->now[b];
    bound->now[b] = now;
}

/* Commands that change what those after it are about. */
static void note_context(struct reply_bound *bound, const struct call *call) {
    switch (call->command->id) {
    case COMMAND_ID_HELLO:
        bound->protocol = 0;
        break;
    case COMMAND_ID_SELECT:
        database_argument(call, 1, &bound->selected);
        break;
    case COMMAND_ID_SWAPDB:
        note_swap(bound, call);
        break;
    default:
        break;
    }
}

u64 reply_bound_next(struct reply_bound *bound, const struct call *call) {
    u64 bytes = reply_of_call(bound, call);
    bound->calls++;
    bound->arguments = add(bound->arguments, arguments_bytes(call));
    if (is_written(call)) note_change(bound, call);
    note_context(bound, call);
    return bytes;
}
