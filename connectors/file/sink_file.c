#include "connectors/file/sink_file.h"

#include "engine/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define WRITE_BYTES ((size_t)1 << 16)
#define SUMMARY OUTPUT_KIND_COUNT
#define FILES (OUTPUT_KIND_COUNT + 1)

static const char *const names[FILES] = {
    [OUTPUT_WARNING] = "warnings.jsonl", [OUTPUT_STOP] = "stops.jsonl",
    [OUTPUT_ADVICE] = "advice.jsonl",    [OUTPUT_DECISION] = "decisions.jsonl",
    [OUTPUT_RECEIPT] = "receipts.jsonl", [OUTPUT_DEAD_LETTER] = "dead-letters.jsonl",
    [SUMMARY] = "summary.json",
};

struct sink_file {
    char folder[PATH_BYTES];
    int fds[FILES]; /* -1: not open */
    struct buf lines[FILES];
};

static int failed(const struct sink_file *file, const char *name, const char *what, struct err *err)
{
    return err_set(err, ERR_OUTSIDE, "%s/%s: cannot %s: %s; choose another folder with --out",
                   file->folder, name, what, strerror(errno));
}

static void temporary_path(const struct sink_file *file, int kind, char *out, size_t bytes)
{
    (void)snprintf(out, bytes, "%s/.%s.part", file->folder, names[kind]);
}

static int open_files(struct sink_file *file, struct err *err)
{
    for (int i = 0; i < FILES; i++) {
        char path[PATH_BYTES + 64];
        temporary_path(file, i, path, sizeof path);
        file->fds[i] = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (file->fds[i] < 0) {
            return failed(file, names[i], "be written", err);
        }
    }
    return 0;
}

struct sink_file *sink_file_open(const char *folder, struct err *err)
{
    size_t len = strlen(folder);
    if (len == 0 || len >= PATH_BYTES) {
        (void)err_set(err, ERR_USAGE,
                      "--out: the folder's name has %zu bytes, at most %d are taken", len,
                      PATH_BYTES - 1);
        return NULL;
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        (void)err_set(
            err, ERR_OUTSIDE,
            "%s: cannot make this folder: %s; make its parent, or choose another with --out",
            folder, strerror(errno));
        return NULL;
    }
    struct sink_file *file = mem_alloc(1, sizeof *file);
    memcpy(file->folder, folder, len + 1);
    for (int i = 0; i < FILES; i++) {
        file->fds[i] = -1;
    }
    if (open_files(file, err) != 0) {
        sink_file_close(file);
        return NULL;
    }
    return file;
}

static int write_out(struct sink_file *file, int kind, struct err *err)
{
    struct buf *lines = &file->lines[kind];
    size_t done = 0;
    while (done < lines->len) {
        ssize_t wrote = write(file->fds[kind], lines->at + done, lines->len - done);
        if (wrote < 0 && errno != EINTR) {
            return failed(file, names[kind], "be written", err);
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    buf_clear(lines);
    return 0;
}

static int emit(void *self, const struct output *output, struct err *err)
{
    struct sink_file *file = self;
    struct buf *lines = &file->lines[output->kind];
    buf_add_str(lines, output->json);
    buf_add_char(lines, '\n');
    return lines->len < WRITE_BYTES ? 0 : write_out(file, (int)output->kind, err);
}

struct sink sink_file_sink(struct sink_file *file)
{
    return (struct sink){file, emit};
}

/* All are complete on the disk before the first one gets its name. */
static int finish(struct sink_file *file, struct err *err)
{
    for (int i = 0; i < FILES; i++) {
        if (write_out(file, i, err) != 0) {
            return -1;
        }
        int fd = file->fds[i];
        file->fds[i] = -1;
        if (close(fd) != 0) {
            return failed(file, names[i], "be written", err);
        }
    }
    return 0;
}

int sink_file_publish(struct sink_file *file, struct str summary, struct err *err)
{
    buf_add_str(&file->lines[SUMMARY], summary);
    buf_add_char(&file->lines[SUMMARY], '\n');
    if (finish(file, err) != 0) {
        return -1;
    }
    for (int i = 0; i < FILES; i++) {
        char from[PATH_BYTES + 64];
        char to[PATH_BYTES + 64];
        temporary_path(file, i, from, sizeof from);
        (void)snprintf(to, sizeof to, "%s/%s", file->folder, names[i]);
        if (rename(from, to) != 0) {
            return failed(file, names[i], "be put in place", err);
        }
    }
    return 0;
}

void sink_file_close(struct sink_file *file)
{
    if (file == NULL) {
        return;
    }
    for (int i = 0; i < FILES; i++) {
        char path[PATH_BYTES + 64];
        temporary_path(file, i, path, sizeof path);
        if (file->fds[i] >= 0) {
            (void)close(file->fds[i]);
        }
        (void)unlink(path);
        buf_fini(&file->lines[i]);
    }
    mem_free(file);
}
