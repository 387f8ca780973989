/* Accept = [ media-range [ weight ] *( "," media-range [ weight ] ) ], RFC 9110. Read in one pass,
 * a range at a time. */
#include "accept.h"

#include "kv/bytes.h"

#define WEIGHT_ONE 1000u

/* What a client thinks of one of the formats: the weight of the range that names it best. */
struct preference {
    u32 specificity; /* 0: no range matched */
    u32 weight;      /* thousandths */
};

enum { MATCH_NONE, MATCH_ANYTHING, MATCH_TYPE, MATCH_SUBTYPE, MATCH_VERSION };

struct range {
    struct bytes media;   /* "text/plain" */
    struct bytes version; /* of the parameter of that name, without quotes */
    bool has_version;
    u32 weight;
};

static bool is_space(u8 c) {
    return c == ' ' || c == '\t';
}

static struct bytes trim(struct bytes text) {
    while (text.len > 0 && is_space(text.data[0]))
        text = bytes_of(text.data + 1, text.len - 1);
    while (text.len > 0 && is_space(text.data[text.len - 1]))
        text.len--;
    return text;
}

/* Cuts what comes before the next `separator` off *rest; a separator within quotes is none. False
 * when nothing is left. */
static bool next_part(struct bytes *rest, u8 separator, struct bytes *part) {
    if (rest->data == NULL) return false;
    bool quoted = false;
    size_t i = 0;
    for (; i < rest->len && (quoted || rest->data[i] != separator); i++) {
        if (rest->data[i] == '"')
            quoted = !quoted;
        else if (quoted && rest->data[i] == '\\' && i + 1 < rest->len)
            i++;
    }
    *part = trim(bytes_of(rest->data, i));
    *rest = i < rest->len ? bytes_of(rest->data + i + 1, rest->len - i - 1) : bytes_of(NULL, 0);
    return true;
}

/* qvalue: from 0 to 1. RFC 9110 allows three digits after the point; what is beyond is read and
 * dropped. */
static bool parse_weight(struct bytes text, u32 *weight) {
    if (text.len == 0 || (text.data[0] != '0' && text.data[0] != '1')) return false;
    if (text.len > 1 && text.data[1] != '.') return false;
    u32 unit = WEIGHT_ONE;
    u32 sum = (u32)(text.data[0] - '0') * unit;
    bool beyond = false;
    for (size_t i = 2; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return false;
        unit /= 10;
        sum += (u32)(text.data[i] - '0') * unit;
        beyond |= text.data[i] != '0';
    }
    if (text.data[0] == '1' && beyond) return false;
    *weight = sum;
    return true;
}

static struct bytes unquote(struct bytes text) {
    const bool quoted = text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"';
    return quoted ? bytes_of(text.data + 1, text.len - 2) : text;
}

/* False when the parameter makes the range malformed. Others than version and weight are of no
 * concern: charset, and the escaping of names, which here are all plain. */
static bool parse_parameter(struct bytes parameter, struct range *range) {
    if (parameter.len == 0) return true; /* "a/b;" is what some clients send */
    const u8 *equals = memchr(parameter.data, '=', parameter.len);
    if (equals == NULL) return false;
    const struct bytes name = bytes_of(parameter.data, (size_t)(equals - parameter.data));
    if (name.len == 0 || is_space(name.data[name.len - 1])) return false;
    const struct bytes value = bytes_of(equals + 1, parameter.len - name.len - 1);
    if (bytes_is_word(name, "q")) return parse_weight(value, &range->weight);
    if (bytes_is_word(name, "version")) {
        range->version = unquote(value);
        range->has_version = true;
    }
    return true;
}

static bool parse_range(struct bytes text, struct range *range) {
    *range = (struct range){.weight = WEIGHT_ONE};
    struct bytes parameter;
    if (!next_part(&text, ';', &range->media)) return false;
    while (next_part(&text, ';', &parameter)) {
        if (!parse_parameter(parameter, range)) return false;
    }
    return true;
}

/* Whether the range names `media`, in this version or in any. */
static u32 match_name(const struct range *range, const char *media, const char *version) {
    if (!bytes_is_word(range->media, media)) return MATCH_NONE;
    if (!range->has_version) return MATCH_SUBTYPE;
    return bytes_equal(range->version, bytes_of_string(version)) ? MATCH_VERSION : MATCH_NONE;
}

static u32 match_text(const struct range *range) {
    if (bytes_is_word(range->media, "*/*")) return MATCH_ANYTHING;
    if (bytes_is_word(range->media, "text/*")) return MATCH_TYPE;
    return match_name(range, "text/plain", "0.0.4");
}

/* Of two ranges that say the same, the kinder one counts. */
static void note(struct preference *preference, u32 specificity, u32 weight) {
    if (specificity == MATCH_NONE || specificity < preference->specificity) return;
    if (specificity == preference->specificity && weight < preference->weight) return;
    *preference = (struct preference){.specificity = specificity, .weight = weight};
}

bool accept_prefers_openmetrics(const char *accept) {
    struct preference openmetrics = {0};
    struct preference text = {0};
    if (accept == NULL) return false;
    struct bytes rest = bytes_of(accept, strnlen(accept, ACCEPT_BYTES_MAX));
    struct bytes part;
    while (next_part(&rest, ',', &part)) {
        struct range range;
        if (!parse_range(part, &range)) continue;
        note(&openmetrics, match_name(&range, "application/openmetrics-text", "1.0.0"),
             range.weight);
        note(&text, match_text(&range), range.weight);
    }
    return openmetrics.weight > 0 && openmetrics.weight >= text.weight;
}
