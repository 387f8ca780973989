/* options.c: the table of options, and one option's value from text and to text. */
#include "kv/options.h"

#include <inttypes.h>

#include "kv/assert.h"
#include "kv/number.h"

#include "options_internal.h"

#define START OPTION_START
#define RUNTIME OPTION_RUNTIME
#define FIELD(field_name) offsetof(struct options, field_name)

static const struct option_info infos[] = {
#define BOOL(name_, field_, value_, when_, help_)                                                  \
    {.name = name_,                                                                                \
     .type = OPTION_BOOL,                                                                          \
     .when = when_,                                                                                \
     .default_number = value_,                                                                     \
     .help = help_,                                                                                \
     .offset = FIELD(field_)},
#define INT(name_, field_, value_, min_, max_, unit_, when_, help_)                                \
    {.name = name_,                                                                                \
     .type = OPTION_INT,                                                                           \
     .when = when_,                                                                                \
     .default_number = (u64)(value_),                                                              \
     .min = (u64)(min_),                                                                           \
     .max = max_,                                                                                  \
     .unit = unit_,                                                                                \
     .help = help_,                                                                                \
     .offset = FIELD(field_)},
#define SIZE(name_, field_, value_, min_, max_, when_, help_)                                      \
    {.name = name_,                                                                                \
     .type = OPTION_SIZE,                                                                          \
     .when = when_,                                                                                \
     .default_number = value_,                                                                     \
     .min = min_,                                                                                  \
     .max = max_,                                                                                  \
     .unit = "bytes",                                                                              \
     .help = help_,                                                                                \
     .offset = FIELD(field_)},
#define TEXT(name_, field_, value_, when_, help_)                                                  \
    {.name = name_,                                                                                \
     .type = OPTION_TEXT,                                                                          \
     .when = when_,                                                                                \
     .default_text = value_,                                                                       \
     .help = help_,                                                                                \
     .offset = FIELD(field_)},
#define ENUM(name_, field_, value_, words_, when_, help_)                                          \
    {.name = name_,                                                                                \
     .type = OPTION_ENUM,                                                                          \
     .when = when_,                                                                                \
     .default_number = value_,                                                                     \
     .words = words_,                                                                              \
     .help = help_,                                                                                \
     .offset = FIELD(field_)},
#define FIXED(name_, value_, help_)                                                                \
    {.name = name_, .type = OPTION_FIXED, .default_text = value_, .help = help_},
#define ALIAS(name_, target_)
#define SECTION(title_)
#include "kv/tbl/options.def"
#undef BOOL
#undef INT
#undef SIZE
#undef TEXT
#undef ENUM
#undef FIXED
#undef ALIAS
#undef SECTION
};

_Static_assert(KV_ARRAY_LENGTH(infos) <= OPTIONS_MAX, "the set of given options is too small");

/* What stands in the table between the options, in its order: a heading, or an option (NULL). */
static const char *const layout[] = {
#define BOOL(name_, ...) NULL,
#define INT(name_, ...) NULL,
#define SIZE(name_, ...) NULL,
#define TEXT(name_, ...) NULL,
#define ENUM(name_, ...) NULL,
#define FIXED(name_, ...) NULL,
#define ALIAS(name_, target_)
#define SECTION(title_) title_,
#include "kv/tbl/options.def"
#undef BOOL
#undef INT
#undef SIZE
#undef TEXT
#undef ENUM
#undef FIXED
#undef ALIAS
#undef SECTION
};

static const struct {
    const char *name;
    const char *target;
} aliases[] = {
#define BOOL(name_, ...)
#define INT(name_, ...)
#define SIZE(name_, ...)
#define TEXT(name_, ...)
#define ENUM(name_, ...)
#define FIXED(name_, ...)
#define ALIAS(name_, target_) {name_, target_},
#define SECTION(title_)
#include "kv/tbl/options.def"
#undef BOOL
#undef INT
#undef SIZE
#undef TEXT
#undef ENUM
#undef FIXED
#undef ALIAS
#undef SECTION
};

u32 option_count(void) {
    return (u32)KV_ARRAY_LENGTH(infos);
}

const struct option_info *option_at(u32 i) {
    kv_assert(i < KV_ARRAY_LENGTH(infos));
    return &infos[i];
}

const char *option_section(u32 i) {
    kv_assert(i < KV_ARRAY_LENGTH(infos));
    u32 seen = 0;
    const char *title = NULL;
    for (size_t at = 0; at < KV_ARRAY_LENGTH(layout); at++) {
        if (layout[at] != NULL) {
            title = layout[at];
            continue;
        }
        if (seen++ == i) break;
        title = NULL;
    }
    return title;
}

bool option_alias_at(u32 i, const char **name, const char **target) {
    if (i >= KV_ARRAY_LENGTH(aliases)) return false;
    *name = aliases[i].name;
    *target = aliases[i].target;
    return true;
}

static const struct option_info *find_name(struct bytes name) {
    for (size_t i = 0; i < KV_ARRAY_LENGTH(infos); i++) {
        if (bytes_is_word(name, infos[i].name)) return &infos[i];
    }
    return NULL;
}

const struct option_info *option_find(struct bytes name) {
    for (size_t i = 0; i < KV_ARRAY_LENGTH(aliases); i++) {
        if (bytes_is_word(name, aliases[i].name))
            return find_name(bytes_of_string(aliases[i].target));
    }
    return find_name(name);
}

/* The fields, by the type that options.h gives them. */
static u64 *number_field(struct options *options, const struct option_info *info) {
    kv_assert(info->type == OPTION_INT || info->type == OPTION_SIZE);
    return (u64 *)(void *)((char *)options + info->offset);
}

static bool *bool_field(struct options *options, const struct option_info *info) {
    kv_assert(info->type == OPTION_BOOL);
    return (bool *)((char *)options + info->offset);
}

static u32 *enum_field(struct options *options, const struct option_info *info) {
    kv_assert(info->type == OPTION_ENUM);
    return (u32 *)(void *)((char *)options + info->offset);
}

static char *text_field(struct options *options, const struct option_info *info) {
    kv_assert(info->type == OPTION_TEXT);
    return (char *)options + info->offset;
}

static void set_default(struct options *options, const struct option_info *info) {
    switch (info->type) {
    case OPTION_BOOL:
        *bool_field(options, info) = info->default_number != 0;
        break;
    case OPTION_INT:
    case OPTION_SIZE:
        *number_field(options, info) = info->default_number;
        break;
    case OPTION_ENUM:
        *enum_field(options, info) = (u32)info->default_number;
        break;
    case OPTION_TEXT:
        kv_assert(strlen(info->default_text) < OPTION_TEXT_MAX);
        memcpy(text_field(options, info), info->default_text, strlen(info->default_text) + 1);
        break;
    case OPTION_FIXED:
        break;
    }
}

void options_default(struct options *options) {
    /* Every byte: copies of options are compared and kept. */
    memset(options, 0, sizeof(*options));
    for (size_t i = 0; i < KV_ARRAY_LENGTH(infos); i++)
        set_default(options, &infos[i]);
}

/* The word of an ENUM at `index`; len 0 past the last. */
static struct bytes word_at(const char *words, u32 index) {
    for (u32 i = 0; i < index; i++) {
        const char *bar = strchr(words, '|');
        if (bar == NULL) return bytes_of(words, 0);
        words = bar + 1;
    }
    return bytes_of(words, strcspn(words, "|"));
}

static bool equal_ignoring_case(struct bytes a, struct bytes b) {
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        u8 x = a.data[i], y = b.data[i];
        if (x >= 'A' && x <= 'Z') x = (u8)(x + 32);
        if (y >= 'A' && y <= 'Z') y = (u8)(y + 32);
        if (x != y) return false;
    }
    return true;
}

static bool set_enum(struct options *options, const struct option_info *info, struct bytes value) {
    for (u32 i = 0;; i++) {
        struct bytes word = word_at(info->words, i);
        if (word.len == 0) return false;
        if (!equal_ignoring_case(word, value)) continue;
        *enum_field(options, info) = i;
        return true;
    }
}

static bool set_number(struct options *options, const struct option_info *info,
                       struct bytes value) {
    if (info->type == OPTION_SIZE) {
        u64 size = 0;
        if (!number_parse_size(value, &size) || size < info->min || size > info->max) return false;
        *number_field(options, info) = size;
        return true;
    }
    i64 number = 0;
    if (!number_parse_i64(value, &number)) return false;
    if (number < (i64)info->min || number > (i64)info->max) return false;
    *number_field(options, info) = (u64)number;
    return true;
}

static bool set_bool(struct options *options, const struct option_info *info, struct bytes value) {
    const bool yes = bytes_is_word(value, "yes");
    if (!yes && !bytes_is_word(value, "no")) return false;
    *bool_field(options, info) = yes;
    return true;
}

static bool set_text(struct options *options, const struct option_info *info, struct bytes value) {
    if (value.len >= OPTION_TEXT_MAX) return false;
    if (value.len > 0 && memchr(value.data, 0, value.len) != NULL) return false;
    char *field = text_field(options, info);
    /* The rest is cleared too, so that an earlier password does not stay in memory. */
    memset(field, 0, OPTION_TEXT_MAX);
    if (value.len > 0) memcpy(field, value.data, value.len);
    return true;
}

static void set_given(struct options *options, const struct option_info *info, bool given) {
    const size_t index = (size_t)(info - infos);
    const u64 bit = (u64)1 << index % 64;
    if (given)
        options->given[index / 64] |= bit;
    else
        options->given[index / 64] &= ~bit;
}

static const struct option_info *find_known(const char *name) {
    const struct option_info *info = option_find(bytes_of_string(name));
    if (info == NULL) KV_FATAL("there is no option %s", name);
    return info;
}

bool options_is_given(const struct options *options, const char *name) {
    const size_t index = (size_t)(find_known(name) - infos);
    return (options->given[index / 64] >> index % 64 & 1) != 0;
}

void options_mark_given(struct options *options, const char *name, bool given) {
    set_given(options, find_known(name), given);
}

static bool set_value(struct options *options, const struct option_info *info, struct bytes value) {
    switch (info->type) {
    case OPTION_BOOL:
        return set_bool(options, info, value);
    case OPTION_INT:
    case OPTION_SIZE:
        return set_number(options, info, value);
    case OPTION_TEXT:
        return set_text(options, info, value);
    case OPTION_ENUM:
        return set_enum(options, info, value);
    case OPTION_FIXED:
        return bytes_is_word(value, info->default_text);
    }
    return false;
}

bool option_set(struct options *options, const struct option_info *info, struct bytes value,
                struct options_error *error) {
    if (set_value(options, info, value)) {
        set_given(options, info, true);
        return true;
    }
    struct text text;
    text_init(&text, error->text, sizeof(error->text));
    text_printf(&text, "%s: '", info->name);
    options_append_shown(&text, value);
    text_printf(&text, "' is not allowed: ");
    options_append_allowed(&text, info);
    return false;
}

bool option_set_named(struct options *options, struct bytes name, struct bytes value,
                      struct options_error *error) {
    const struct option_info *info = option_find(name);
    if (info != NULL) return option_set(options, info, value, error);
    options_unknown(name, error);
    return false;
}

/* Writes and terminates; the value fits by the definition of the table. */
static u32 put_text(char out[OPTION_TEXT_MAX], struct bytes value) {
    kv_assert(value.len < OPTION_TEXT_MAX);
    if (value.len > 0) memcpy(out, value.data, value.len);
    out[value.len] = '\0';
    return (u32)value.len;
}

struct bytes option_word(const struct option_info *info, u32 i) {
    kv_assert(info->type == OPTION_ENUM);
    return word_at(info->words, i);
}

u32 option_get(const struct options *options, const struct option_info *info,
               char out[OPTION_TEXT_MAX]) {
    const char *field = (const char *)options + info->offset;
    u64 number = 0;
    u32 index = 0;
    bool yes = false;
    switch (info->type) {
    case OPTION_BOOL:
        memcpy(&yes, field, sizeof(yes));
        return put_text(out, bytes_of_string(yes ? "yes" : "no"));
    case OPTION_INT:
    case OPTION_SIZE: {
        memcpy(&number, field, sizeof(number));
        u32 len = info->type == OPTION_INT ? number_format_i64(out, (i64)number)
                                           : number_format_u64(out, number);
        out[len] = '\0';
        return len;
    }
    case OPTION_ENUM:
        memcpy(&index, field, sizeof(index));
        return put_text(out, word_at(info->words, index));
    case OPTION_TEXT:
        return put_text(out, bytes_of_string(field));
    case OPTION_FIXED:
        return put_text(out, bytes_of_string(info->default_text));
    }
    return put_text(out, bytes_of(NULL, 0));
}
