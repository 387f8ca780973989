/* The syntax column of the table of commands: parsed into a tree, and printed for people. */
#define _GNU_SOURCE 1 /* memrchr */

#include "kv/syntax.h"

#include "kv/assert.h"

static const char *const type_names[] = {
#define NAME(id, text) text,
    SYNTAX_TYPES(NAME)
#undef NAME
};

const char *syntax_type_name(enum syntax_type type) {
    kv_assert(type < SYNTAX_TYPE_COUNT);
    return type_names[type];
}

/* -- parsing -- */

struct level {
    char closer;
    u8 node;   /* new arguments become its children */
    u8 before; /* of a bracket: the children that the node had where it was opened */
    u8 bars;   /* of a group: how many `|` it has so far */
};

struct reader {
    struct syntax *syntax;
    struct bytes token; /* read, and waiting for its argument */
    u8 last;            /* the argument that ends right here; 0: none does */
    u32 depth;
    struct level level[SYNTAX_DEPTH_MAX];
};

static struct level *innermost(struct reader *reader) {
    return &reader->level[reader->depth - 1];
}

static struct syntax_node *node_of(struct reader *reader, u8 node) {
    return &reader->syntax->node[node];
}

static bool open_level(struct reader *reader, char closer, u8 node) {
    if (reader->depth == SYNTAX_DEPTH_MAX) return false;
    reader->level[reader->depth++] =
        (struct level){.closer = closer, .node = node, .before = node_of(reader, node)->children};
    reader->last = 0;
    return true;
}

static bool add_node(struct reader *reader, struct bytes name, enum syntax_type type) {
    struct syntax *syntax = reader->syntax;
    if (syntax->count == SYNTAX_NODES_MAX) return false;
    node_of(reader, innermost(reader)->node)->children++;
    reader->last = (u8)syntax->count;
    syntax->node[syntax->count++] =
        (struct syntax_node){.name = name, .token = reader->token, .type = (u8)type};
    reader->token = (struct bytes){0};
    return true;
}

/* A token that no argument follows is an argument itself. */
static bool end_token(struct reader *reader) {
    return reader->token.len == 0 || add_node(reader, reader->token, SYNTAX_PURE_TOKEN);
}

static bool close_bracket(struct reader *reader) {
    const struct level *level = innermost(reader);
    /* The bracket holds exactly one argument, and that one ends here. */
    if (level->closer != ']' || reader->last == 0) return false;
    if (node_of(reader, level->node)->children != level->before + 1) return false;
    node_of(reader, reader->last)->flags |= SYNTAX_FLAG(OPTIONAL);
    reader->depth--;
    return true;
}

static bool close_group(struct reader *reader) {
    const struct level *level = innermost(reader);
    if (level->closer != ')' || reader->last == 0) return false;
    struct syntax_node *group = node_of(reader, level->node);
    if (level->bars > 0) {
        if (group->children != level->bars + 1) return false;
        group->type = SYNTAX_ONEOF;
    }
    reader->last = level->node;
    reader->depth--;
    return true;
}

static bool read_bar(struct reader *reader) {
    struct level *level = innermost(reader);
    if (level->closer != ')') return false;
    reader->last = 0;
    return node_of(reader, level->node)->children == ++level->bars;
}

static bool read_dots(struct reader *reader, const char *at) {
    if (strncmp(at, "...", 3) != 0 || reader->last == 0) return false;
    struct syntax_node *node = node_of(reader, reader->last);
    if (node->flags & SYNTAX_FLAG(MULTIPLE)) return false;
    node->flags |= SYNTAX_FLAG(MULTIPLE);
    if (at[-1] == ']' && node->token.len > 0) node->flags |= SYNTAX_FLAG(MULTIPLE_TOKEN);
    return true;
}

/* Anything but a word. Returns its length, 0 when it may not stand here. */
static size_t read_mark(struct reader *reader, const char *at) {
    if (*at == ' ') {
        reader->last = 0;
        return 1;
    }
    if (!end_token(reader)) return 0;
    switch (*at) {
    case '[':
        return open_level(reader, ']', innermost(reader)->node);
    case ']':
        return close_bracket(reader);
    case ')':
        return close_group(reader);
    case '|':
        return read_bar(reader);
    case '.':
        return read_dots(reader, at) ? 3 : 0;
    default: /* a parenthesis without a name */
        return 0;
    }
}

static bool read_type(struct bytes name, enum syntax_type *type) {
    for (u32 i = 0; i <= SYNTAX_PURE_TOKEN; i++) {
        *type = (enum syntax_type)i;
        if (bytes_equal(name, bytes_of_string(type_names[i]))) return true;
    }
    return false;
}

/* A token, or an argument up to where its name and type end, or up to the parenthesis that opens
 * a group. Returns the length, 0 when it is malformed. */
static size_t read_word(struct reader *reader, const char *at, size_t len) {
    if (*at >= 'A' && *at <= 'Z') {
        if (!end_token(reader)) return 0;
        reader->token = bytes_of(at, len);
        return len;
    }
    const char *colon = memrchr(at, ':', len);
    struct bytes name = bytes_of(at, colon == NULL ? len : (size_t)(colon - at));
    if (name.len == 0) return 0;
    if (at[len - 1] == ':' && at[len] == '(') {
        if (!add_node(reader, name, SYNTAX_BLOCK)) return 0;
        return open_level(reader, ')', reader->last) ? len + 1 : 0;
    }
    bool is_key = bytes_equal(name, bytes_of_string("key"));
    enum syntax_type type = is_key ? SYNTAX_KEY : SYNTAX_STRING;
    if (colon != NULL && !read_type(bytes_of(colon + 1, len - name.len - 1), &type)) return 0;
    if (type == SYNTAX_PURE_TOKEN && reader->token.len == 0) return 0;
    return add_node(reader, name, type) ? len : 0;
}

bool syntax_parse(const char *text, struct syntax *syntax) {
    struct reader reader = {.syntax = syntax};
    syntax->count = 1;
    syntax->node[0] = (struct syntax_node){.type = SYNTAX_BLOCK};
    open_level(&reader, '\0', 0);
    for (const char *at = text; *at != '\0';) {
        size_t word_len = strcspn(at, " []()|.");
        size_t len = word_len > 0 ? read_word(&reader, at, word_len) : read_mark(&reader, at);
        if (len == 0) return false;
        at += len;
    }
    return end_token(&reader) && reader.depth == 1;
}

/* -- printing -- */

struct printed {
    const struct syntax_node *group;
    u8 left; /* children that are still to be printed */
    bool has_parentheses;
};

static void print(struct text *text, const char *what) {
    text_append(text, bytes_of_string(what));
}

/* A block reads the same without them, unless it is repeated; so do alternatives that fill a
 * bracket. */
static bool needs_parentheses(const struct syntax_node *group) {
    if (group->children == 1) return false;
    bool fills_bracket = group->flags & SYNTAX_FLAG(OPTIONAL) && group->token.len == 0;
    return group->flags & SYNTAX_FLAG(MULTIPLE) || (group->type == SYNTAX_ONEOF && !fills_bracket);
}

static void print_end(struct text *text, const struct syntax_node *node) {
    if (node->flags & SYNTAX_FLAG(MULTIPLE_TOKEN)) {
        print(text, "]...");
        return;
    }
    if (node->flags & SYNTAX_FLAG(MULTIPLE)) print(text, "...");
    if (node->flags & SYNTAX_FLAG(OPTIONAL)) print(text, "]");
}

void syntax_print(const struct syntax *syntax, struct text *text) {
    struct printed open[SYNTAX_DEPTH_MAX] = {
        {.group = &syntax->node[0], .left = syntax->node[0].children}};
    u32 depth = 1;
    for (u32 i = 1; i < syntax->count; i++) {
        const struct syntax_node *node = &syntax->node[i];
        struct printed *around = &open[depth - 1];
        if (around->left < around->group->children) {
            print(text, around->group->type == SYNTAX_ONEOF ? " | " : " ");
        }
        around->left--;
        if (node->flags & SYNTAX_FLAG(OPTIONAL)) print(text, "[");
        text_append(text, node->token);
        if (node->token.len > 0 && node->type != SYNTAX_PURE_TOKEN) print(text, " ");
        if (node->children > 0) {
            kv_assert(depth < SYNTAX_DEPTH_MAX);
            bool has_parentheses = needs_parentheses(node);
            if (has_parentheses) print(text, "(");
            open[depth++] = (struct printed){node, node->children, has_parentheses};
            continue;
        }
        if (node->type != SYNTAX_PURE_TOKEN) text_append(text, node->name);
        print_end(text, node);
        for (; depth > 1 && open[depth - 1].left == 0; depth--) {
            if (open[depth - 1].has_parentheses) print(text, ")");
            print_end(text, open[depth - 1].group);
        }
    }
}
