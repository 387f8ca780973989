#include "kv/decimal.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kv/assert.h"

bool decimal_parse(struct bytes text, long double *value) {
    char copy[DECIMAL_TEXT_MAX];
    if (text.len == 0 || text.len >= sizeof(copy)) return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (isspace((unsigned char)copy[0])) return false;
    char *end;
    errno = 0;
    long double parsed = strtold(copy, &end);
    if (end != copy + text.len || isnan(parsed)) return false;
    /* A subnormal number is out of range as well for strtold, but it is one. */
    if (errno == ERANGE && (isinf(parsed) || parsed == 0)) return false;
    *value = parsed;
    return true;
}

u32 decimal_format(char *out, long double value) {
    kv_assert(isfinite(value));
    int printed = snprintf(out, DECIMAL_TEXT_MAX, "%.17Lf", value);
    kv_assert(printed > 0 && (u32)printed < DECIMAL_TEXT_MAX);
    u32 len = (u32)printed;
    while (out[len - 1] == '0')
        len--;
    if (out[len - 1] == '.') len--;
    if (len == 2 && out[0] == '-' && out[1] == '0') {
        out[0] = '0';
        len = 1;
    }
    return len;
}
