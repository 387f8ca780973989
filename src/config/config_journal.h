/* config_journal.h: the steps by which the content of a file is replaced in place, and taken up
 * again after a crash: see kv/config_file.h.
 */
#ifndef KV_CONFIG_CONFIG_JOURNAL_H
#define KV_CONFIG_CONFIG_JOURNAL_H

#include "kv/bytes.h"

/* Replaces the file's `old_len` bytes by `fresh`. Returns 0 or an errno: when the journal could not
 * be written, the content is the old one; when the content could not, the journal stays. */
int config_journal_replace(int fd, u64 old_len, struct bytes fresh);

/* Looks for a whole journal at the end of a file that is open for reading, and puts the content
 * that it has into `out`, which holds CONFIG_FILE_BYTES_MAX. False when there is none. */
bool config_journal_find(int fd, char *out, u64 *len);

/* The last two steps again, with the content that was found. 0 or an errno. */
int config_journal_finish(int fd, struct bytes fresh);

#endif
