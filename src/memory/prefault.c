/* prefault.c: populates what the program itself can run, and leaves out what only libraries need.
 *
 * What the executable calls, it names: itself, the libraries in its DT_NEEDED entries, the C
 * library and the loader among them. Those bring libraries of their own: libmicrohttpd has GnuTLS,
 * p11-kit, unistring and more, for TLS that kv does not speak, eight megabytes that nobody runs.
 * They stay as the loader left them; what a library does call in them is a page fault of the HTTP
 * thread, once, and never one of the data plane, which calls no library's library. Mappings of no
 * file (stacks, heaps) are populated whosoever they are.
 */
#define _GNU_SOURCE 1 /* dl_iterate_phdr */
#include "kv/prefault.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

/* More than any call chain of the data plane uses; the largest frame is the table of 256 KiB that
 * liblzf compresses with. */
#define STACK_BYTES (512u * 1024u)
#define LINE_MAX_BYTES 512u
/* No part of a program's image is this large. What is, is a reservation of its own (ours is
 * populated already; a sanitizer's shadow is larger than any machine's memory). */
#define MAPPING_BYTES_MAX (64u * 1024u * 1024u)
/* Libraries beyond these are populated too: that costs memory, not correctness. */
#define LEFT_OUT_MAX 64u

/* The executable's needs, and the addresses of what it does not need. */
struct image {
    bool has_executable;
    const char *loader;        /* its PT_INTERP; NULL: none */
    const ElfW(Dyn) * dynamic; /* its dynamic section; NULL: linked statically */
    const char *names;         /* DT_STRTAB, which DT_NEEDED entries point into */
    u32 left_out;
    struct {
        u64 start, end;
    } ranges[LEFT_OUT_MAX];
};

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void read_executable(struct image *image, const struct dl_phdr_info *object) {
    image->has_executable = true;
    for (u32 i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        const u64 address = object->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_DYNAMIC)
            image->dynamic = (const ElfW(Dyn) *)(uintptr_t)address; // NOLINT: the loader's address
        if (part->p_type == PT_INTERP)
            image->loader = (const char *)(uintptr_t)address; // NOLINT: the same
    }
    if (image->dynamic == NULL) return;
    for (const ElfW(Dyn) *entry = image->dynamic; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag != DT_STRTAB) continue;
        /* Some loaders write the address into it, others leave the distance from the base. */
        u64 address = entry->d_un.d_ptr;
        if (address < object->dlpi_addr) address += object->dlpi_addr;
        image->names = (const char *)(uintptr_t)address; // NOLINT: the same
    }
}

static bool is_needed(const struct image *image, const char *path) {
    const char *name = file_name(path);
    if (image->dynamic == NULL || image->names == NULL) return true;
    if (image->loader != NULL && strcmp(name, file_name(image->loader)) == 0) return true;
    for (const ElfW(Dyn) *entry = image->dynamic; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag != DT_NEEDED) continue;
        if (strcmp(name, file_name(image->names + entry->d_un.d_val)) == 0) return true;
    }
    return false;
}

/* The loader tells of the executable first, of each object once. */
static int note_object(struct dl_phdr_info *object, size_t size, void *context) {
    struct image *image = context;
    (void)size;
    if (!image->has_executable) {
        read_executable(image, object);
        return 0;
    }
    if (image->left_out == LEFT_OUT_MAX || is_needed(image, object->dlpi_name)) return 0;
    u64 start = UINT64_MAX;
    u64 end = 0;
    for (u32 i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD) continue;
        const u64 from = object->dlpi_addr + part->p_vaddr;
        if (from < start) start = from;
        if (from + part->p_memsz > end) end = from + part->p_memsz;
    }
    if (start >= end) return 0;
    const u64 os_page = (u64)sysconf(_SC_PAGESIZE); /* mappings end on borders of pages */
    image->ranges[image->left_out].start = start - start % os_page;
    image->ranges[image->left_out].end = end + (os_page - end % os_page) % os_page;
    image->left_out++;
    return 0;
}

/* Whether all of the mapping is the object's. An anonymous neighbour that the kernel joined to the
 * object's own anonymous part may be anybody's. */
static bool is_left_out(const struct image *image, u64 start, u64 end) {
    for (u32 i = 0; i < image->left_out; i++) {
        if (start >= image->ranges[i].start && end <= image->ranges[i].end) return true;
    }
    return false;
}

/* One line of /proc/self/maps: "start-end perms offset device inode path". */
static void populate_line(const struct image *image, const char *line) {
    char *rest;
    u64 start = strtoull(line, &rest, 16);
    if (*rest != '-') return;
    u64 end = strtoull(rest + 1, &rest, 16);
    if (*rest != ' ' || start >= end || end - start > MAPPING_BYTES_MAX) return;
    const char *permissions = rest + 1;
    if (strchr(permissions, '[') != NULL && strstr(permissions, "[v") != NULL) return; /* vdso */
    if (permissions[0] != 'r' || permissions[3] == 's') return;
    if (is_left_out(image, start, end)) return;
    int advice = permissions[1] == 'w' ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    /* A mapping that cannot be populated is not an error: its pages come when they are touched. */
    (void)madvise((void *)(uintptr_t)start, end - start, advice); // NOLINT: from the kernel's map
}

static void populate_stack(void) {
    volatile u8 stack[STACK_BYTES];
    for (u32 i = 0; i < STACK_BYTES; i += 1024) {
        stack[i] = 0;
        (void)stack[i];
    }
}

void prefault_image(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return; /* the image is not the program's own */
#endif
    struct image image = {0};
    populate_stack();
    dl_iterate_phdr(note_object, &image);
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    char buffer[LINE_MAX_BYTES];
    size_t held = 0;
    for (;;) {
        ssize_t got = read(fd, buffer + held, sizeof(buffer) - 1 - held);
        if (got <= 0) break;
        held += (size_t)got;
        buffer[held] = '\0';
        char *line = buffer;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            populate_line(&image, line);
        }
        held = (size_t)(buffer + held - line);
        memmove(buffer, line, held);
        if (held == sizeof(buffer) - 1) held = 0; /* a line longer than any that matters */
    }
    close(fd);
}
