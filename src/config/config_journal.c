#include "config_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv/config_file.h"
#include "kv/hash.h"

/* A line of the file has at most 4096 bytes; the journal's are shorter, so that a file with half a
 * journal can be read. */
#define PART_BYTES 2048u
#define PREFIX_BYTES (sizeof(CONFIG_FILE_JOURNAL_LINE) - 1)
#define END_LINE_MAX 96u
_Static_assert(sizeof(CONFIG_FILE_JOURNAL_LINE) == sizeof(CONFIG_FILE_JOURNAL_PART),
               "both kinds of lines are read in the same way");

/* Bytes written one after the other, from a place on. */
struct writer {
    int fd;
    u64 at;
    int error; /* sticky */
};

static void put(struct writer *writer, const void *data, size_t len) {
    const u8 *next = data;
    while (len > 0 && writer->error == 0) {
        const ssize_t done = pwrite(writer->fd, next, len, (off_t)writer->at);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            writer->error = done < 0 ? errno : EIO;
            return;
        }
        next += done;
        writer->at += (u64)done;
        len -= (size_t)done;
    }
}

static int sync_file(int fd, int error) {
    return error != 0 ? error : fdatasync(fd) == 0 ? 0 : errno;
}

/* Empty lines, up to where the journal begins. */
static void put_padding(struct writer *writer, u64 end) {
    u8 lines[1024];
    memset(lines, '\n', sizeof(lines));
    while (writer->at < end && writer->error == 0)
        put(writer, lines, (size_t)u64_min(sizeof(lines), end - writer->at));
}

static void put_lines(struct writer *writer, struct bytes fresh) {
    size_t done = 0;
    while (done < fresh.len) {
        const u8 *part = fresh.data + done;
        const size_t most = fresh.len - done < PART_BYTES ? fresh.len - done : PART_BYTES;
        const u8 *end = memchr(part, '\n', most);
        const size_t len = end == NULL ? most : (size_t)(end - part);
        put(writer, end == NULL ? CONFIG_FILE_JOURNAL_PART : CONFIG_FILE_JOURNAL_LINE,
            PREFIX_BYTES);
        put(writer, part, len);
        put(writer, "\n", 1);
        done += len + (end != NULL);
    }
}

/* Behind both contents, so that neither is in its way. */
static int put_journal(int fd, u64 old_len, struct bytes fresh) {
    const u64 begin = u64_max(old_len, fresh.len) + 1;
    struct writer writer = {.fd = fd, .at = old_len};
    char end[END_LINE_MAX];
    const int end_len =
        snprintf(end, sizeof(end), CONFIG_FILE_JOURNAL_END "%zu %" PRIu64 " %016" PRIx64 "\n",
                 fresh.len, begin, hash_bytes(fresh, 0));
    put_padding(&writer, begin);
    put_lines(&writer, fresh);
    put(&writer, end, (size_t)end_len);
    return sync_file(fd, writer.error);
}

int config_journal_finish(int fd, struct bytes fresh) {
    struct writer writer = {.fd = fd};
    put(&writer, fresh.data, fresh.len);
    int error = sync_file(fd, writer.error);
    if (error == 0 && ftruncate(fd, (off_t)fresh.len) != 0) error = errno;
    return sync_file(fd, error);
}

int config_journal_replace(int fd, u64 old_len, struct bytes fresh) {
    const int error = put_journal(fd, old_len, fresh);
    if (error == 0) return config_journal_finish(fd, fresh);
    /* Where this fails too, what is left are comments. */
    if (ftruncate(fd, (off_t)old_len) != 0) (void)fdatasync(fd);
    return error;
}

/* -- after a crash -- */

/* What the last line of a journal says. */
struct journal {
    u64 len;
    u64 begin;
    u64 end; /* where the last line begins */
    u64 hash;
};

static bool read_end(int fd, struct journal *journal) {
    struct stat status;
    char tail[END_LINE_MAX + 1];
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    const u64 size = (u64)status.st_size;
    const u64 from = size > END_LINE_MAX ? size - END_LINE_MAX : 0;
    const ssize_t got = pread(fd, tail, END_LINE_MAX, (off_t)from);
    if (got <= 0 || tail[got - 1] != '\n') return false;
    tail[got] = '\0';
    char *line = NULL;
    for (char *at = tail; (at = strstr(at, CONFIG_FILE_JOURNAL_END)) != NULL; at++)
        line = at;
    if (line == NULL) return false;
    int used = 0;
    if (sscanf(line, CONFIG_FILE_JOURNAL_END "%" SCNu64 " %" SCNu64 " %" SCNx64 "%n", &journal->len,
               &journal->begin, &journal->hash, &used) != 3)
        return false;
    journal->end = from + (u64)(line - tail);
    return line[used] == '\n' && line + used + 1 == tail + got && journal->begin < journal->end &&
           journal->len <= CONFIG_FILE_BYTES_MAX;
}

/* Takes one line of the journal, at *at, to the end of `out`. */
static bool take_line(int fd, const struct journal *journal, u64 *at, char *out, u64 *len) {
    char line[PREFIX_BYTES + PART_BYTES + 1];
    const u64 left = journal->end - *at;
    const ssize_t got = pread(fd, line, (size_t)u64_min(left, sizeof(line)), (off_t)*at);
    if (got <= (ssize_t)PREFIX_BYTES) return false;
    const char *end = memchr(line, '\n', (size_t)got);
    if (end == NULL) return false;
    const bool whole = memcmp(line, CONFIG_FILE_JOURNAL_LINE, PREFIX_BYTES) == 0;
    if (!whole && memcmp(line, CONFIG_FILE_JOURNAL_PART, PREFIX_BYTES) != 0) return false;
    const u64 part = (u64)(end - line) - PREFIX_BYTES;
    if (part + whole > journal->len - *len) return false;
    memcpy(out + *len, line + PREFIX_BYTES, part);
    *len += part;
    if (whole) out[(*len)++] = '\n';
    *at += (u64)(end - line) + 1;
    return true;
}

bool config_journal_find(int fd, char *out, u64 *len) {
    struct journal journal;
    if (!read_end(fd, &journal)) return false;
    *len = 0;
    u64 at = journal.begin;
    while (at < journal.end) {
        if (!take_line(fd, &journal, &at, out, len)) return false;
    }
    return *len == journal.len && hash_bytes(bytes_of(out, *len), 0) == journal.hash;
}
