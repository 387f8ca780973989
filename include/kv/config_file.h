/* config_file.h: the configuration file as CONFIG REWRITE writes it, when the process may open no
 * file for writing any more.
 *
 * The file is opened once, at the start, and its content is replaced in place: no system call that
 * names a file is needed then, so a sealed process can harm no other file. That a crash leaves the
 * old content or the new, never a mixture, is ensured by a journal at the end of the file itself:
 *
 *   1. the new content is appended, as comments, with its length and its hash in the last line;
 *   2. it is written over the beginning;
 *   3. the file is cut to its new length.
 *
 * Each step is on the disk before the next begins. Until 1 is complete, the file is the old one
 * with comments behind it; from then on the next start finds the journal and does 2 and 3 again.
 */
#ifndef KV_CONFIG_FILE_H
#define KV_CONFIG_FILE_H

#include "kv/options.h"

#define CONFIG_FILE_BYTES_MAX 65536u
/* What the journal's lines begin with, and its last line. */
#define CONFIG_FILE_JOURNAL_LINE "#kv~" /* a line of the new content, or the end of one */
#define CONFIG_FILE_JOURNAL_PART "#kv+" /* a part of one that goes on in the next */
#define CONFIG_FILE_JOURNAL_END "#kv= "

struct config_file {
    int fd;           /* open for reading and writing; -1: none */
    int error;        /* why it is not open: an errno, or 0 when there is no file */
    bool others;      /* it is open in another server that was there first */
    const char *path; /* NULL: the server has none */
    char *old;        /* CONFIG_FILE_BYTES_MAX each */
    char *fresh;
};

/* Finishes what a crash interrupted, before the file is read. True when there was nothing to do, or
 * no file, or it is done; false when the file needs to be repaired and cannot be written. */
bool config_file_recover(const char *path, struct options_error *error);

/* `old` and `fresh` hold CONFIG_FILE_BYTES_MAX each, and are used by config_file_rewrite only. */
void config_file_init(struct config_file *file, char *old, char *fresh);
/* At the start, before the seal. Whether it can be written is only asked when it is to be. `path`
 * outlives the file. */
void config_file_open(struct config_file *file, const char *path);
void config_file_close(struct config_file *file);

/* Puts the options into the file: options_rewrite. Returns NULL, or what went wrong; the content is
 * then the old one, unless the disk failed in between, and the next start repairs that. */
const char *config_file_rewrite(struct config_file *file, const struct options *options,
                                const struct options *started);

#endif
