/* options_internal.h: what the files of the configuration share: how its errors are put together.
 */
#ifndef KV_CONFIG_OPTIONS_INTERNAL_H
#define KV_CONFIG_OPTIONS_INTERNAL_H

#include "kv/options.h"
#include "kv/text.h"

/* As much of a wrong value as an error shows. */
#define OPTIONS_SHOWN_MAX 64u

/* Appends at most OPTIONS_SHOWN_MAX bytes, what is not printable as a question mark. */
void options_append_shown(struct text *text, struct bytes value);
/* Appends what an option takes: "0 to 65535", "yes or no", "guaranteed or shared". */
void options_append_allowed(struct text *text, const struct option_info *info);
/* Appends that, when it may change, and its other names: "0 to 65535; fixed at the start." */
void options_describe(struct text *text, const struct option_info *info);
/* The default as a file may say it: an empty one is "" there. */
void options_default_text(char out[OPTION_TEXT_MAX], const struct option_info *info);
/* Error for a name that no option has, with the nearest name when one is close. */
void options_unknown(struct bytes name, struct options_error *error);

#endif
