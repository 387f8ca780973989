/* config_file.c: opening, reading and replacing; the journal is config_journal.c's. */
#include "kv/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv/assert.h"
#include "kv/options_rewrite.h"

#include "config_journal.h"

void config_file_init(struct config_file *file, char *old, char *fresh) {
    *file = (struct config_file){.fd = -1, .old = old, .fresh = fresh};
}

/* Two servers that wrote one file would take each other's journal for their own. */
static void lock(struct config_file *file) {
    if (flock(file->fd, LOCK_EX | LOCK_NB) == 0) return;
    file->others = errno == EWOULDBLOCK;
    file->error = errno;
    config_file_close(file);
}

void config_file_open(struct config_file *file, const char *path) {
    struct stat status;
    kv_assert(file->fd < 0);
    file->path = path;
    file->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0) {
        file->error = errno;
        return;
    }
    if (fstat(file->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        file->error = ENOTSUP;
        config_file_close(file);
        return;
    }
    lock(file);
}

void config_file_close(struct config_file *file) {
    if (file->fd >= 0) close(file->fd);
    file->fd = -1;
}

/* Whether the path still leads to the file that is open: editors put another in its place. */
static const char *check_same(const struct config_file *file, u64 *size) {
    struct stat named;
    struct stat opened;
    if (stat(file->path, &named) != 0 || fstat(file->fd, &opened) != 0) return strerror(errno);
    if (named.st_dev != opened.st_dev || named.st_ino != opened.st_ino)
        return "another file has been put in its place since the start";
    if ((u64)opened.st_size > CONFIG_FILE_BYTES_MAX) return "the file is longer than 65536 bytes";
    *size = (u64)opened.st_size;
    return NULL;
}

static const char *read_old(const struct config_file *file, u64 size, struct bytes *old) {
    u64 done = 0;
    while (done < size) {
        const ssize_t got = pread(file->fd, file->old + done, size - done, (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return strerror(errno);
        if (got == 0) break;
        done += (u64)got;
    }
    *old = bytes_of(file->old, done);
    return NULL;
}

const char *config_file_rewrite(struct config_file *file, const struct options *options,
                                const struct options *started) {
    if (file->others) return "another server that runs with this file was there first";
    if (file->fd < 0) return strerror(file->error);
    u64 size = 0;
    size_t len;
    struct bytes old;
    const char *wrong = check_same(file, &size);
    if (wrong == NULL) wrong = read_old(file, size, &old);
    if (wrong != NULL) return wrong;
    if (!options_rewrite(options, started, old, file->fresh, CONFIG_FILE_BYTES_MAX, &len))
        return "the file would be longer than 65535 bytes";
    const struct bytes fresh = bytes_of(file->fresh, len);
    if (bytes_equal(old, fresh)) return NULL;
    const int error = config_journal_replace(file->fd, old.len, fresh);
    return error == 0 ? NULL : strerror(error);
}

/* -- after a crash -- */

static bool repair(const char *path, struct bytes fresh) {
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return false;
    /* Where another server has it, it is at work there, or was not there when it crashed. */
    int error = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (error == 0) error = config_journal_finish(fd, fresh);
    close(fd);
    errno = error;
    return error == 0 || error == EWOULDBLOCK;
}

bool config_file_recover(const char *path, struct options_error *error) {
    char fresh[CONFIG_FILE_BYTES_MAX];
    u64 len = 0;
    /* What cannot be opened is told of by whoever reads it. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return true;
    const bool found = config_journal_find(fd, fresh, &len);
    close(fd);
    if (!found || repair(path, bytes_of(fresh, len))) return true;
    snprintf(error->text, sizeof(error->text),
             "%.300s: CONFIG REWRITE was interrupted, and the file cannot be written to finish it: "
             "%s",
             path, strerror(errno));
    return false;
}
