#include "kv/command.h"
#include "kv/syntax.h"

#include "../unit.h"

/* Writes a tree with all that it says: each argument as TYPE name, its token in quotes, its flags
 * as ? + and *, its children in braces. */
static void describe(const struct syntax *syntax, struct text *text) {
    u32 left[SYNTAX_DEPTH_MAX] = {syntax->node[0].children};
    u32 depth = 1;
    for (u32 i = 1; i < syntax->count; i++) {
        const struct syntax_node *node = &syntax->node[i];
        left[depth - 1]--;
        text_printf(text, "%s %.*s", syntax_type_name(node->type), (int)node->name.len,
                    (const char *)node->name.data);
        if (node->token.len > 0) {
            text_printf(text, " '%.*s'", (int)node->token.len, (const char *)node->token.data);
        }
        if (node->flags & SYNTAX_FLAG(OPTIONAL)) text_printf(text, "?");
        if (node->flags & SYNTAX_FLAG(MULTIPLE)) text_printf(text, "+");
        if (node->flags & SYNTAX_FLAG(MULTIPLE_TOKEN)) text_printf(text, "*");
        text_printf(text, node->children > 0 ? " {" : "; ");
        if (node->children > 0) left[depth++] = node->children;
        for (; depth > 1 && left[depth - 1] == 0; depth--)
            text_printf(text, "} ");
    }
    assert_int_equal(depth, 1);
    assert_int_equal(left[0], 0);
    assert_false(text->overflow);
}

#define assert_syntax(column, tree, printed)                                                       \
    do {                                                                                           \
        struct syntax syntax;                                                                      \
        struct text text;                                                                          \
        char buffer[1024];                                                                         \
        assert_true(syntax_parse(column, &syntax));                                                \
        text_init(&text, buffer, sizeof(buffer));                                                  \
        describe(&syntax, &text);                                                                  \
        assert_string_equal(buffer, tree);                                                         \
        text_init(&text, buffer, sizeof(buffer));                                                  \
        syntax_print(&syntax, &text);                                                              \
        assert_string_equal(buffer, printed);                                                      \
    } while (0)

static void nothing_is_no_argument(void **state) {
    (void)state;
    assert_syntax("", "", "");
}

static void names_and_types(void **state) {
    (void)state;
    assert_syntax("key value", "key key; string value; ", "key value");
    assert_syntax("a:string b:integer c:double d:key e:pattern f:unix-time",
                  "string a; integer b; double c; key d; pattern e; unix-time f; ", "a b c d e f");
    assert_syntax("key:string keys yes/no", "string key; string keys; string yes/no; ",
                  "key keys yes/no");
    assert_syntax("ip:port:string", "string ip:port; ", "ip:port");
}

static void tokens(void **state) {
    (void)state;
    assert_syntax("NOW", "pure-token NOW 'NOW'; ", "NOW");
    assert_syntax("EX seconds:integer", "integer seconds 'EX'; ", "EX seconds");
    assert_syntax("A B c D", "pure-token A 'A'; string c 'B'; pure-token D 'D'; ", "A B c D");
    assert_syntax("LIB-NAME name", "string name 'LIB-NAME'; ", "LIB-NAME name");
    assert_syntax("[A b:pure-token] c", "pure-token b 'A'?; string c; ", "[A] c");
    assert_syntax("A [B]", "pure-token A 'A'; pure-token B 'B'?; ", "A [B]");
}

static void flags(void **state) {
    (void)state;
    assert_syntax("[a]", "string a?; ", "[a]");
    assert_syntax("a...", "string a+; ", "a...");
    assert_syntax("[a...]", "string a?+; ", "[a...]");
    assert_syntax("[A b] [C]", "string b 'A'?; pure-token C 'C'?; ", "[A b] [C]");
    assert_syntax("[GET b...]", "string b 'GET'?+; ", "[GET b...]");
    assert_syntax("[GET b]... c", "string b 'GET'?+*; string c; ", "[GET b]... c");
    assert_syntax("[a]...", "string a?+; ", "[a...]");
}

static void groups(void **state) {
    (void)state;
    assert_syntax("g:(a b) c", "block g {string a; string b; } string c; ", "a b c");
    assert_syntax("g:(a b)...", "block g+ {string a; string b; } ", "(a b)...");
    assert_syntax("g:(a)...", "block g+ {string a; } ", "a...");
    assert_syntax("g:(A | B c)", "oneof g {pure-token A 'A'; string c 'B'; } ", "(A | B c)");
    assert_syntax("[g:(A | B)]", "oneof g? {pure-token A 'A'; pure-token B 'B'; } ", "[A | B]");
    assert_syntax("[g:(A | B)...]", "oneof g?+ {pure-token A 'A'; pure-token B 'B'; } ",
                  "[(A | B)...]");
    assert_syntax("[T g:(a | b)]", "oneof g 'T'? {string a; string b; } ", "[T (a | b)]");
    assert_syntax("[T g:(a b)]", "block g 'T'? {string a; string b; } ", "[T a b]");
    assert_syntax("a:(b:(c | d:(e f)) [G h:(i...)])",
                  "block a {oneof b {string c; block d {string e; string f; } } "
                  "block h 'G'? {string i+; } } ",
                  "(c | e f) [G i...]");
    assert_syntax("a:([b] | [c:([D] | e)])...",
                  "oneof a+ {string b?; oneof c? {pure-token D 'D'?; string e; } } ",
                  "([b] | [[D] | e])...");
}

static void malformed_columns_are_refused(void **state) {
    (void)state;
    static const char *const columns[] = {
        "[",           "]",           ")",       "(a)",    "[a",      "[]",      "[ ]",
        "[a b]",       "[A b c]",     "[a ]",    "a:(b",   "a:()",    "a:( )",   "a:(b]",
        "[a:(b])",     "a | b",       "[a | b]", "a:(|)",  "a:(b |)", "a:(| b)", "a:(b c | d)",
        "a:(b | c d)", "a:(b | | c)", "...",     "a ...",  "a..",     "a......", "a....",
        "[...]",       "a:",          "a: (b)",  "a:text", "a:block", "a:oneof", "a:pure-token",
        ":integer",    ":(a)",        "A:(b)",   "a(b)",
    };
    for (u32 i = 0; i < KV_ARRAY_LENGTH(columns); i++) {
        struct syntax syntax;
        if (syntax_parse(columns[i], &syntax)) fail_msg("\"%s\" was taken", columns[i]);
    }
}

static void repeat(char *out, const char *what, u32 times) {
    for (*out = '\0'; times > 0; times--)
        strcat(out, what);
}

static void limits_of_nodes_and_depth(void **state) {
    (void)state;
    char column[512];
    struct syntax syntax;
    /* Arguments, tokens and groups count alike; node 0 is the one around them. */
    static const char *const kinds[] = {"a ", "A ", "[B c] "};
    for (u32 i = 0; i < KV_ARRAY_LENGTH(kinds); i++) {
        repeat(column, kinds[i], SYNTAX_NODES_MAX - 1);
        assert_true(syntax_parse(column, &syntax));
        assert_int_equal(syntax.count, SYNTAX_NODES_MAX);
        repeat(column, kinds[i], SYNTAX_NODES_MAX);
        assert_false(syntax_parse(column, &syntax));
    }
    for (u32 extra = 0; extra < 2; extra++) {
        u32 levels = SYNTAX_DEPTH_MAX - 1 + extra;
        char end[64];
        repeat(column, "a:(", levels);
        repeat(end, ")", levels);
        strcat(strcat(column, "b"), end);
        assert_int_equal(syntax_parse(column, &syntax), extra == 0);
        if (extra > 0) continue;
        char buffer[8];
        struct text text;
        text_init(&text, buffer, sizeof(buffer));
        syntax_print(&syntax, &text);
        assert_string_equal(buffer, "b");
    }
    repeat(column, "[", SYNTAX_DEPTH_MAX);
    assert_false(syntax_parse(column, &syntax));
}

static void types_have_names(void **state) {
    (void)state;
    assert_string_equal(syntax_type_name(SYNTAX_STRING), "string");
    assert_string_equal(syntax_type_name(SYNTAX_BLOCK), "block");
    assert_dies("type < SYNTAX_TYPE_COUNT", syntax_type_name(SYNTAX_TYPE_COUNT));
}

/* The fewest words that the arguments can be. Children follow their parent, so that all sums are
 * complete when the nodes are taken from the last to the first. */
static u32 fewest_words(const struct syntax *syntax) {
    u32 words[SYNTAX_NODES_MAX] = {0};
    u32 ends[SYNTAX_NODES_MAX] = {0}; /* the node behind the whole group */
    for (u32 i = syntax->count; i-- > 0;) {
        const struct syntax_node *node = &syntax->node[i];
        u32 sum = 0;
        u32 least = UINT32_MAX;
        u32 child = i + 1;
        for (u32 n = 0; n < node->children; n++) {
            bool optional = syntax->node[child].flags & SYNTAX_FLAG(OPTIONAL);
            if (!optional) sum += words[child];
            least = words[child] < least ? words[child] : least;
            child = ends[child];
        }
        ends[i] = child;
        if (node->type == SYNTAX_ONEOF) sum = least;
        bool is_word = node->children == 0 && node->type != SYNTAX_PURE_TOKEN && i > 0;
        words[i] = sum + is_word + (node->token.len > 0);
    }
    return words[0];
}

/* The columns of the table agree: syntax with arity and with keys. */
static void commands_have_the_syntax_of_their_arity(void **state) {
    (void)state;
    for (u32 id = 0; id < COMMAND_COUNT; id++) {
        const struct command *command = command_at(id);
        struct syntax syntax;
        if (!syntax_parse(command->syntax, &syntax)) fail_msg("%s", command->full_name);
        bool is_open = false;
        bool has_keys = false;
        for (u32 i = 0; i < syntax.count; i++) {
            is_open = is_open || syntax.node[i].flags != 0;
            has_keys = has_keys || syntax.node[i].type == SYNTAX_KEY;
            /* A colon in a token would be a type that nothing reads. */
            const struct bytes token = syntax.node[i].token;
            if (token.len > 0) assert_null(memchr(token.data, ':', token.len));
        }
        if (has_keys != (command->key_specs[0].find != KEY_FIND_NONE))
            fail_msg("keys of %s", command->full_name);
        /* Containers want a subcommand, which their syntax does not name, nor does that of DEBUG,
         * whose are not in the table; QUIT takes anything. */
        if (command_is_container(command) || id == COMMAND_ID_QUIT || id == COMMAND_ID_DEBUG)
            continue;
        bool is_child = command->parent != COMMAND_ID_NONE;
        i32 words = 1 + is_child + (i32)fewest_words(&syntax);
        if (command->arity != (is_open ? -words : words)) {
            fail_msg("%s: arity %d, but at least %d words", command->full_name, command->arity,
                     words);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_no_argument),
        cmocka_unit_test(names_and_types),
        cmocka_unit_test(tokens),
        cmocka_unit_test(flags),
        cmocka_unit_test(groups),
        cmocka_unit_test(malformed_columns_are_refused),
        cmocka_unit_test(limits_of_nodes_and_depth),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(commands_have_the_syntax_of_their_arity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
