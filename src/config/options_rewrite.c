#include "kv/options_rewrite.h"

#include "kv/assert.h"
#include "kv/config_file.h"
#include "kv/text.h"

#include "options_line.h"

/* Lines are numbered from 1. */
#define LINE_NONE 0u

/* What is known of the old text before the new one is written. */
struct rewrite {
    const struct options *options;
    const struct options *started;
    struct bytes old;
    u32 last_line[OPTIONS_MAX]; /* that sets the option */
    u32 last_include;
    bool settled[OPTIONS_MAX]; /* the lines written say the value, and nothing after them else */
    bool has_mark;
};

/* A line of the old text: its number, and what it is. */
struct line {
    u32 number;
    struct bytes text;              /* without its end */
    const struct option_info *info; /* NULL: sets no option */
    bool is_include;
    char words[OPTIONS_LINE_MAX]; /* the line taken apart */
    struct options_line parts;
};

static u32 index_of(const struct option_info *info) {
    return (u32)(info - option_at(0));
}

static void understand(struct line *line) {
    line->info = NULL;
    line->is_include = false;
    if (line->text.len > sizeof(line->words)) return;
    memcpy(line->words, line->text.data, line->text.len);
    if (options_line_split(&line->parts, line->words, line->text.len) != NULL) return;
    if (line->parts.count < 2) return;
    line->is_include = bytes_is_word(line->parts.words[0], "include");
    if (!line->is_include) line->info = option_find(line->parts.words[0]);
}

/* Takes the next line from *rest. */
static bool next_line(struct bytes *rest, struct line *line) {
    if (rest->len == 0) return false;
    const u8 *end = memchr(rest->data, '\n', rest->len);
    const size_t len = end == NULL ? rest->len : (size_t)(end - rest->data);
    const size_t taken = end == NULL ? len : len + 1;
    line->number++;
    line->text = bytes_of(rest->data, len);
    *rest = bytes_of(rest->data + taken, rest->len - taken);
    understand(line);
    return true;
}

static bool begins_with(struct bytes text, const char *prefix) {
    const size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

/* Left behind by a rewrite that did not get far. */
static bool is_journal(struct bytes text) {
    return begins_with(text, CONFIG_FILE_JOURNAL_LINE) ||
           begins_with(text, CONFIG_FILE_JOURNAL_PART) ||
           begins_with(text, CONFIG_FILE_JOURNAL_END);
}

static void survey(struct rewrite *rewrite) {
    struct line line = {0};
    struct bytes rest = rewrite->old;
    while (next_line(&rest, &line)) {
        if (line.info != NULL) rewrite->last_line[index_of(line.info)] = line.number;
        if (line.is_include) rewrite->last_include = line.number;
        rewrite->has_mark |= bytes_equal(line.text, bytes_of_string(OPTIONS_REWRITE_MARK));
    }
}

/* Whether a line says the value that the option has. */
static bool says_value(const struct options *options, const struct line *line) {
    char joined[OPTIONS_LINE_MAX + OPTIONS_WORDS_MAX];
    size_t len = 0;
    for (u32 i = 1; i < line->parts.count; i++) {
        const struct bytes word = line->parts.words[i];
        if (i > 1) joined[len++] = ' ';
        memcpy(joined + len, word.data, word.len);
        len += word.len;
    }
    struct options said;
    struct options_error error;
    char is[OPTION_TEXT_MAX];
    char wanted[OPTION_TEXT_MAX];
    options_default(&said);
    if (!option_set(&said, line->info, bytes_of(joined, len), &error)) return false;
    option_get(&said, line->info, is);
    option_get(options, line->info, wanted);
    return strcmp(is, wanted) == 0;
}

/* Whether the words of a text can stand as they are: joined by single spaces again they give it. */
static bool is_plain(const char *value) {
    const size_t len = strlen(value);
    if (len == 0 || value[0] == ' ' || value[0] == '#' || value[len - 1] == ' ') return false;
    for (size_t i = 0; i < len; i++) {
        const char c = value[i];
        if (c < ' ' || c > '~' || strchr("\"'\\#", c) != NULL) return false;
        if (c == ' ' && value[i + 1] == ' ') return false;
    }
    return true;
}

static void put_quoted(struct text *out, const char *value) {
    text_printf(out, "\"");
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            text_printf(out, "\\%c", *c);
        } else if (*c < ' ' || *c > '~') {
            text_printf(out, "\\x%02x", (u8)*c);
        } else {
            text_printf(out, "%c", *c);
        }
    }
    text_printf(out, "\"");
}

/* A size in the largest unit that it is a whole number of. */
static void put_size(struct text *out, const struct options *options,
                     const struct option_info *info) {
    static const char *const units[] = {"", "kb", "mb", "gb"};
    u64 value;
    u32 unit = 0;
    memcpy(&value, (const char *)options + info->offset, sizeof(value));
    while (value != 0 && value % 1024 == 0 && unit + 1 < KV_ARRAY_LENGTH(units)) {
        value /= 1024;
        unit++;
    }
    text_printf(out, "%llu%s", (unsigned long long)value, units[unit]);
}

static void put_option(struct text *out, const struct options *options, struct bytes name,
                       const struct option_info *info) {
    char value[OPTION_TEXT_MAX];
    option_get(options, info, value);
    text_append(out, name);
    text_printf(out, " ");
    if (info->type == OPTION_SIZE) {
        put_size(out, options, info);
    } else if (info->type == OPTION_TEXT && !is_plain(value)) {
        put_quoted(out, value);
    } else {
        text_append(out, bytes_of_string(value));
    }
    text_printf(out, "\n");
}

static bool has_changed(const struct rewrite *rewrite, const struct option_info *info) {
    char is[OPTION_TEXT_MAX];
    char was[OPTION_TEXT_MAX];
    option_get(rewrite->options, info, is);
    option_get(rewrite->started, info, was);
    return strcmp(is, was) != 0;
}

static void put_line(struct rewrite *rewrite, const struct line *line, struct text *out) {
    if (is_journal(line->text)) return;
    const struct option_info *info = line->info;
    const bool counts = info != NULL && info->type != OPTION_FIXED &&
                        rewrite->last_line[index_of(info)] == line->number;
    const bool last = line->number > rewrite->last_include;
    if (!counts || says_value(rewrite->options, line)) {
        text_append(out, line->text);
        text_printf(out, "\n");
        if (counts) rewrite->settled[index_of(info)] = last || !has_changed(rewrite, info);
        return;
    }
    put_option(out, rewrite->options, line->parts.words[0], info);
    rewrite->settled[index_of(info)] = last;
}

static bool is_default(const struct options *options, const struct option_info *info) {
    struct options defaults;
    char value[OPTION_TEXT_MAX];
    char usual[OPTION_TEXT_MAX];
    options_default(&defaults);
    option_get(&defaults, info, usual);
    option_get(options, info, value);
    return strcmp(value, usual) == 0;
}

/* Whether the end of the file has to say the value: no line does, or what a line says may be
 * overridden by an included file. What such a file may say itself, it need not when it was so at
 * the start. */
static bool is_missing(const struct rewrite *rewrite, u32 i) {
    const struct option_info *info = option_at(i);
    if (info->type == OPTION_FIXED || rewrite->settled[i]) return false;
    return rewrite->last_include == LINE_NONE ? !is_default(rewrite->options, info)
                                              : has_changed(rewrite, info);
}

static void put_others(struct rewrite *rewrite, struct text *out) {
    for (u32 i = 0; i < option_count(); i++) {
        if (!is_missing(rewrite, i)) continue;
        const struct option_info *info = option_at(i);
        if (!rewrite->has_mark) text_printf(out, "\n%s\n", OPTIONS_REWRITE_MARK);
        rewrite->has_mark = true;
        put_option(out, rewrite->options, bytes_of_string(info->name), info);
    }
}

bool options_rewrite(const struct options *options, const struct options *started, struct bytes old,
                     char *out, size_t size, size_t *len) {
    struct rewrite rewrite = {.options = options, .started = started, .old = old};
    struct line line = {0};
    struct text text;
    struct bytes rest = old;
    survey(&rewrite);
    text_init(&text, out, size);
    while (next_line(&rest, &line))
        put_line(&rewrite, &line, &text);
    put_others(&rewrite, &text);
    *len = text.len;
    return !text.overflow;
}
