/* decimal.h: fractions to text and back, in the extended precision (long double) and the forms of
 * Redis's INCRBYFLOAT.
 */
#ifndef KV_DECIMAL_H
#define KV_DECIMAL_H

#include "kv/bytes.h"

/* A longer text is no number; and no number's text is as long. */
#define DECIMAL_TEXT_MAX 5120u

/* Parses what strtold takes: decimal, hexadecimal, with an exponent, inf; but no leading space, no
 * NaN, nothing behind it, and nothing out of range. Does not allocate. */
bool decimal_parse(struct bytes text, long double *value);
/* Writes a finite number with up to 17 digits behind the point and without zeros at the end; `out`
 * holds DECIMAL_TEXT_MAX. Returns the length. Does not allocate. */
u32 decimal_format(char *out, long double value);

#endif
