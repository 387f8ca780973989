/* COMMAND and its subcommands: the table of commands shown to clients. */
#include "kv/call.h"
#include "kv/syntax.h"

static const char *const flag_names[] = {
#define NAME(id, text) text,
    COMMAND_FLAGS(NAME)};
static const char *const category_names[] = {COMMAND_CATEGORIES(NAME)};
static const char *const key_flag_names[] = {COMMAND_KEY_FLAGS(NAME)};
static const char *const argument_flag_names[] = {SYNTAX_FLAGS(NAME)
#undef NAME
};

/* A set of words, one for each bit, with a prefix. */
static void reply_words(struct reply *reply, u32 bits, const char *const *names,
                        const char *prefix) {
    reply_set(reply, (u64)__builtin_popcount(bits));
    for (u32 bit = 0; bits >> bit != 0; bit++) {
        if (!(bits >> bit & 1)) continue;
        char word[32];
        u32 prefix_len = (u32)strlen(prefix);
        u32 len = (u32)strlen(names[bit]);
        memcpy(word, prefix, prefix_len);
        memcpy(word + prefix_len, names[bit], len);
        word[prefix_len + len] = '\0';
        reply_status(reply, word);
    }
}

/* Words separated by spaces, as bulk strings. */
static void reply_tips(struct reply *reply, const char *tips) {
    u64 count = 0;
    for (const char *c = tips; *c != '\0'; c++) {
        count += c == tips || c[-1] == ' ';
    }
    reply_set(reply, count);
    for (const char *word = tips; *word != '\0';) {
        const char *end = strchr(word, ' ');
        size_t len = end == NULL ? strlen(word) : (size_t)(end - word);
        reply_bulk(reply, bytes_of(word, len));
        word += len + (end != NULL);
    }
}

static void reply_pair(struct reply *reply, const char *name, i64 value) {
    reply_bulk_string(reply, name);
    reply_integer(reply, value);
}

/* One of the two halves of a key specification; `fields` pairs follow. */
static void reply_spec_part(struct reply *reply, const char *part, const char *type, u64 fields) {
    reply_bulk_string(reply, part);
    reply_map(reply, 2);
    reply_bulk_string(reply, "type");
    reply_bulk_string(reply, type);
    reply_bulk_string(reply, "spec");
    reply_map(reply, fields);
}

/* Where a keyword stands, kv finds out; but as clients could not, it is shown as Redis shows it. */
static void reply_key_spec(struct reply *reply, const struct key_spec *spec) {
    bool unknown = spec->find == KEY_FIND_UNKNOWN || spec->find == KEY_FIND_KEYWORD;
    reply_map(reply, 3u + unknown);
    if (unknown) {
        reply_bulk_string(reply, "notes");
        reply_bulk_string(reply, spec->find == KEY_FIND_UNKNOWN
                                     ? "What is stored tells these keys."
                                     : "The key after an optional word that may stand anywhere.");
    }
    reply_bulk_string(reply, "flags");
    reply_words(reply, spec->flags, key_flag_names, "");
    reply_spec_part(reply, "begin_search", unknown ? "unknown" : "index", !unknown);
    if (!unknown) reply_pair(reply, "index", spec->index);
    if (unknown) {
        reply_spec_part(reply, "find_keys", "unknown", 0);
    } else if (spec->find == KEY_FIND_COUNTED) {
        reply_spec_part(reply, "find_keys", "keynum", 3);
        reply_pair(reply, "keynumidx", 0);
        reply_pair(reply, "firstkey", 1);
        reply_pair(reply, "keystep", 1);
    } else {
        reply_spec_part(reply, "find_keys", "range", 3);
        reply_pair(reply, "lastkey", spec->last);
        reply_pair(reply, "keystep", spec->step);
        reply_pair(reply, "limit", 0);
    }
}

static u32 key_spec_count(const struct command *command) {
    u32 count = 0;
    while (count < KEY_SPECS_MAX && command->key_specs[count].find != KEY_FIND_NONE)
        count++;
    return count;
}

static void reply_key_specs(struct reply *reply, const struct command *command) {
    u32 count = key_spec_count(command);
    reply_set(reply, count);
    for (u32 i = 0; i < count; i++)
        reply_key_spec(reply, &command->key_specs[i]);
}

/* Subcommands stand right behind their parent in the table. */
static u32 child_count(const struct command *command) {
    u32 count = 0;
    u32 id = command->id + 1u;
    while (id < COMMAND_COUNT && command_at(id++)->parent == command->id)
        count++;
    return count;
}

/* Everything but the subcommands, which come last. */
static void reply_own_info(struct reply *reply, const struct command *command) {
    reply_array(reply, 10);
    reply_bulk_string(reply, command->full_name);
    reply_integer(reply, command->arity);
    reply_words(reply, command->flags, flag_names, "");
    reply_integer(reply, command->key_first);
    reply_integer(reply, command->key_last);
    reply_integer(reply, command->key_step);
    reply_words(reply, command->categories, category_names, "@");
    reply_tips(reply, command->tips);
    reply_key_specs(reply, command);
}

static void reply_info(struct reply *reply, const struct command *command) {
    if (command == NULL) {
        reply_null(reply);
        return;
    }
    u32 children = child_count(command);
    reply_own_info(reply, command);
    /* As Redis has it: no set unless it is empty. */
    if (children > 0) {
        reply_array(reply, children);
    } else {
        reply_set(reply, 0);
    }
    for (u32 i = 1; i <= children; i++) {
        reply_own_info(reply, command_at(command->id + i));
        reply_set(reply, 0);
    }
}

static bool is_top_level(const struct command *command) {
    return command->parent == COMMAND_ID_NONE;
}

static u32 top_level_count(void) {
    u32 count = 0;
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        count += is_top_level(command_at(id));
    }
    return count;
}

static void reply_all_info(struct reply *reply) {
    reply_array(reply, top_level_count());
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        if (is_top_level(command_at(id))) reply_info(reply, command_at(id));
    }
}

void command_command(struct call *call) {
    reply_all_info(&call->reply);
}

void command_command_count(struct call *call) {
    reply_integer(&call->reply, top_level_count());
}

void command_command_info(struct call *call) {
    if (call->argc == 2) {
        reply_all_info(&call->reply);
        return;
    }
    reply_array(&call->reply, call->argc - 2);
    for (u32 i = 2; i < call->argc; i++) {
        reply_info(&call->reply, command_find_full(&call->engine->lookup, call->argv[i]));
    }
}

/* -- DOCS -- */

static void reply_doc_field(struct reply *reply, const char *name, const char *value) {
    reply_bulk_string(reply, name);
    reply_bulk_string(reply, value);
}

static void reply_argument_name(struct reply *reply, const struct syntax_node *argument) {
    reply_bulk_begin(reply, argument->name.len);
    for (size_t i = 0; i < argument->name.len; i++) {
        u8 c = argument->name.data[i];
        if (argument->type == SYNTAX_PURE_TOKEN && c >= 'A' && c <= 'Z') c |= 0x20;
        reply_bulk_data(reply, &c, 1);
    }
    reply_bulk_end(reply);
}

/* All but the children, which are the nodes that follow. */
static void reply_argument(struct reply *reply, const struct syntax_node *argument, i32 key_spec) {
    bool is_key = key_spec >= 0;
    bool has_token = argument->token.len > 0;
    bool has_flags = argument->flags != 0;
    bool has_children = argument->children > 0;
    reply_map(reply, 2u + is_key + has_token + has_flags + has_children);
    reply_bulk_string(reply, "name");
    reply_argument_name(reply, argument);
    reply_doc_field(reply, "type", syntax_type_name(argument->type));
    if (is_key) reply_pair(reply, "key_spec_index", key_spec);
    if (has_token) {
        reply_bulk_string(reply, "token");
        reply_bulk(reply, argument->token);
    }
    if (has_flags) {
        reply_bulk_string(reply, "flags");
        reply_words(reply, argument->flags, argument_flag_names, "");
    }
    if (has_children) {
        reply_bulk_string(reply, "arguments");
        reply_array(reply, argument->children);
    }
}

/* The specification that tells the keys of an argument, -1 when they are none. Arguments that are
 * keys stand in the order of the specifications, `last` being that of the one before; patterns that
 * make keys out of what is stored belong to the one that is unknown. */
static i32 key_spec_of(const struct command *command, const struct syntax_node *argument,
                       i32 last) {
    const struct key_spec *specs = command->key_specs;
    i32 count = (i32)key_spec_count(command);
    bool unknown = argument->type == SYNTAX_PATTERN;
    if (argument->type != SYNTAX_KEY && !unknown) return -1;
    for (i32 i = unknown ? 0 : last + 1; i < count; i++) {
        if ((specs[i].find == KEY_FIND_UNKNOWN) == unknown) return i;
    }
    if (unknown) return -1;
    return last < 0 ? 0 : last;
}

/* A node stands before its children and says how many they are: so one walk writes the tree. */
static void reply_own_docs(struct reply *reply, const struct command *command, u32 subcommands) {
    struct syntax syntax;
    bool parsed = syntax_parse(command->syntax, &syntax);
    kv_assert(parsed);
    bool has_arguments = syntax.node[0].children > 0;
    reply_map(reply, 4u + has_arguments + (subcommands > 0));
    reply_doc_field(reply, "summary", command->summary);
    reply_doc_field(reply, "since", command->since);
    reply_doc_field(reply, "group", command->group);
    reply_doc_field(reply, "complexity", command->complexity);
    if (!has_arguments) return;
    reply_bulk_string(reply, "arguments");
    reply_array(reply, syntax.node[0].children);
    i32 last = -1;
    for (u32 i = 1; i < syntax.count; i++) {
        i32 spec = key_spec_of(command, &syntax.node[i], last);
        if (syntax.node[i].type == SYNTAX_KEY) last = spec;
        reply_argument(reply, &syntax.node[i], spec);
    }
}

static void reply_docs(struct reply *reply, const struct command *command) {
    u32 children = child_count(command);
    reply_bulk_string(reply, command->full_name);
    reply_own_docs(reply, command, children);
    if (children == 0) return;
    reply_bulk_string(reply, "subcommands");
    reply_map(reply, children);
    for (u32 i = 1; i <= children; i++) {
        const struct command *child = command_at(command->id + i);
        reply_bulk_string(reply, child->full_name);
        reply_own_docs(reply, child, 0);
    }
}

void command_command_docs(struct call *call) {
    struct reply *reply = &call->reply;
    if (call->argc == 2) {
        reply_map(reply, top_level_count());
        for (u32 id = 0; id < COMMAND_COUNT; id++) {
            if (is_top_level(command_at(id))) reply_docs(reply, command_at(id));
        }
        return;
    }
    u64 known = 0;
    for (u32 i = 2; i < call->argc; i++) {
        known += command_find_full(&call->engine->lookup, call->argv[i]) != NULL;
    }
    reply_map(reply, known);
    for (u32 i = 2; i < call->argc; i++) {
        const struct command *command = command_find_full(&call->engine->lookup, call->argv[i]);
        if (command != NULL) reply_docs(reply, command);
    }
}

/* -- LIST -- */

enum list_filter { LIST_ALL, LIST_MODULE, LIST_CATEGORY, LIST_PATTERN };

static bool is_listed(const struct command *command, enum list_filter filter, struct bytes word) {
    switch (filter) {
    case LIST_ALL:
        return true;
    case LIST_MODULE: /* no command comes from a module */
        return false;
    case LIST_CATEGORY:
        for (u32 bit = 0; bit < COMMAND_CATEGORY_BITS; bit++) {
            if ((command->categories >> bit & 1) && bytes_is_word(word, category_names[bit])) {
                return true;
            }
        }
        return false;
    case LIST_PATTERN:
        return bytes_match_glob(word, bytes_of_string(command->full_name), true);
    }
    return false;
}

void command_command_list(struct call *call) {
    enum list_filter filter = LIST_ALL;
    struct bytes word = {0};
    if (call->argc == 5 && call_is_word(call, 2, "FILTERBY")) {
        word = call->argv[4];
        if (call_is_word(call, 3, "MODULE")) filter = LIST_MODULE;
        if (call_is_word(call, 3, "ACLCAT")) filter = LIST_CATEGORY;
        if (call_is_word(call, 3, "PATTERN")) filter = LIST_PATTERN;
    }
    if (call->argc != 2 && filter == LIST_ALL) {
        call_syntax_error(call);
        return;
    }
    u64 count = 0;
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        count += is_listed(command_at(id), filter, word);
    }
    reply_array(&call->reply, count);
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = command_at(id);
        if (is_listed(command, filter, word)) reply_bulk_string(&call->reply, command->full_name);
    }
}

/* -- GETKEYS -- */

void command_command_getkeys(struct call *call) {
    struct call asked = {.engine = call->engine, .argv = call->argv + 2, .argc = call->argc - 2};
    call_resolve(&asked);
    const struct command *command = asked.command;
    if (command == NULL || command_is_container(command)) {
        call_error(call, "ERR Invalid command specified");
        return;
    }
    if (command->key_specs[0].find == KEY_FIND_NONE) {
        call_error(call, "ERR The command has no key arguments");
        return;
    }
    if (!command_arity_fits(command, asked.argc)) {
        call_error(call, "ERR Invalid number of arguments specified for command");
        return;
    }
    struct key_walk walk;
    u64 count = 0;
    key_walk_begin(&walk, command, asked.argv, asked.argc);
    while (key_walk_next(&walk) != 0)
        count++;
    if (count == 0) {
        call_error(call, "ERR Invalid arguments specified for command");
        return;
    }
    reply_array(&call->reply, count);
    key_walk_begin(&walk, command, asked.argv, asked.argc);
    for (u32 i = key_walk_next(&walk); i != 0; i = key_walk_next(&walk))
        reply_bulk(&call->reply, asked.argv[i]);
}
