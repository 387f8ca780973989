/* ziplist.c: see packed.h for the format. */
#include "kv/packed.h"

enum {
    STRING_6 = 0x00,
    STRING_14 = 0x40,
    STRING_32 = 0x80,
    INTEGER_16 = 0xc0,
    INTEGER_32 = 0xd0,
    INTEGER_64 = 0xe0,
    INTEGER_24 = 0xf0,
    IMMEDIATE_MIN = 0xf1,
    IMMEDIATE_MAX = 0xfd,
    INTEGER_8 = 0xfe
};

#define HEADER_BYTES 10u
#define END 0xffu
/* The byte before a length of four bytes. */
#define BEFORE_LONG 254u
#define UNCOUNTED 65535u

bool ziplist_open(struct packed_cursor *cursor, struct bytes pack) {
    u32 total;
    u32 tail;
    u16 count;
    if (pack.len < HEADER_BYTES + 1) return false;
    memcpy(&total, pack.data, sizeof(total));
    memcpy(&tail, pack.data + 4, sizeof(tail));
    memcpy(&count, pack.data + 8, sizeof(count));
    if (total != pack.len || tail > pack.len - 1 || pack.data[pack.len - 1] != END) return false;
    *cursor = (struct packed_cursor){.begin = pack.data,
                                     .at = pack.data + HEADER_BYTES,
                                     .end = pack.data + pack.len - 1,
                                     .announced = count,
                                     .tail = tail};
    return true;
}

/* What an element begins with. */
struct head {
    u64 before;  /* length of the element before, as it says */
    u32 bytes;   /* of the head itself */
    u32 integer; /* bytes of the integer that follows */
    bool immediate;
};

static bool read_before(const u8 *at, u64 left, struct head *head) {
    if (at[0] < BEFORE_LONG) {
        head->before = at[0];
        head->bytes = 1;
        return true;
    }
    if (at[0] != BEFORE_LONG || left < 5) return false;
    u32 before;
    memcpy(&before, at + 1, sizeof(before));
    head->before = before;
    head->bytes = 5;
    return true;
}

/* The encoding behind it: a string's length, or what kind of integer it is. */
static bool read_encoding(const u8 *at, u64 left, struct head *head, u64 *text_len) {
    if (left <= head->bytes) return false;
    const u8 *encoding = at + head->bytes;
    u8 first = encoding[0];
    u32 more = 0;
    *text_len = 0;
    switch (first) {
    case INTEGER_8:
        head->integer = 1;
        break;
    case INTEGER_16:
        head->integer = 2;
        break;
    case INTEGER_24:
        head->integer = 3;
        break;
    case INTEGER_32:
        head->integer = 4;
        break;
    case INTEGER_64:
        head->integer = 8;
        break;
    default:
        head->immediate = first >= IMMEDIATE_MIN && first <= IMMEDIATE_MAX;
        if (first >= INTEGER_16 && !head->immediate) return false;
        if (first < INTEGER_16) more = first < STRING_14 ? 0 : first < STRING_32 ? 1 : 4;
    }
    if (left - head->bytes <= more) return false;
    head->bytes += 1 + more;
    if (first >= INTEGER_16) return true;
    *text_len = more == 4 ? 0 : first & 0x3f;
    for (u32 i = 1; i <= more; i++)
        *text_len = *text_len << 8 | encoding[i];
    return true;
}

static i64 read_integer(const u8 *at, u32 bytes) {
    u64 value = 0;
    memcpy(&value, at, bytes);
    u32 unused = 64 - 8 * bytes;
    return (i64)(value << unused) >> unused;
}

static enum packed_next end_of(const struct packed_cursor *cursor) {
    bool counted = cursor->announced != UNCOUNTED;
    if (counted && cursor->announced != cursor->count) return PACKED_BAD;
    bool tail_fits = cursor->last == NULL || (u64)(cursor->last - cursor->begin) == cursor->tail;
    return tail_fits ? PACKED_END : PACKED_BAD;
}

enum packed_next ziplist_next(struct packed_cursor *cursor, struct packed_element *element) {
    if (cursor->at == cursor->end) return end_of(cursor);
    const u8 *at = cursor->at;
    u64 left = (u64)(cursor->end - at);
    struct head head = {0};
    u64 text_len;
    if (!read_before(at, left, &head) || !read_encoding(at, left, &head, &text_len))
        return PACKED_BAD;
    if (head.integer + text_len > left - head.bytes) return PACKED_BAD;
    u64 before = cursor->last == NULL ? 0 : (u64)(at - cursor->last);
    if (head.before != before) return PACKED_BAD;
    *element = (struct packed_element){.is_integer = head.integer > 0 || head.immediate};
    if (head.immediate)
        element->integer = (at[head.bytes - 1] & 0xf) - 1;
    else if (element->is_integer)
        element->integer = read_integer(at + head.bytes, head.integer);
    else
        element->text = bytes_of(at + head.bytes, text_len);
    cursor->last = at;
    cursor->at += head.bytes + head.integer + text_len;
    cursor->count++;
    return PACKED_ELEMENT;
}
