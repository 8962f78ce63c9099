#include "connectors/file/file_set.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_BYTES 4000
#define NAME_BYTES 64
#define PATH_BYTES (FOLDER_BYTES + NAME_BYTES + 16)
#define WRITE_BYTES ((size_t)1 << 16)

struct file_set {
    char folder[FOLDER_BYTES];
    bool made;     /* the folder, by us */
    bool complete; /* the files are on the disk, under their temporary names */
    bool published;
    const char *const *names;
    size_t count;
    int lock;              /* the folder; -1: not open */
    int fds[FILE_SET_MAX]; /* -1: not open */
    bool begun[FILE_SET_MAX];
    struct buf bytes[FILE_SET_MAX];
};

static int failed(const struct file_set *set, size_t file, const char *what, struct err *err)
{
    return err_set(err, ERR_OUTSIDE, "%s/%s: cannot be %s: %s; choose another folder with --out",
                   set->folder, set->names[file], what, strerror(errno));
}

static void paths_of(const struct file_set *set, size_t file, char *temporary, char *path)
{
    (void)snprintf(temporary, PATH_BYTES, "%s/.%s.part", set->folder, set->names[file]);
    (void)snprintf(path, PATH_BYTES, "%s/%s", set->folder, set->names[file]);
}

static int open_file(struct file_set *set, size_t file, struct err *err)
{
    char temporary[PATH_BYTES];
    char path[PATH_BYTES];
    struct stat about;
    must(strlen(set->names[file]) < NAME_BYTES);
    paths_of(set, file, temporary, path);
    /* Known before the work begins: a rename over a folder would fail after it. */
    if (lstat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISLNK(about.st_mode)) {
        return err_set(err, ERR_OUTSIDE,
                       "%s: is in the way and no file; remove it, or choose another folder with "
                       "--out",
                       path);
    }
    set->fds[file] = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (set->fds[file] < 0) {
        return failed(set, file, "written", err);
    }
    set->begun[file] = true;
    return 0;
}

static int open_files(struct file_set *set, struct err *err)
{
    for (size_t i = 0; i < set->count; i++) {
        if (open_file(set, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Two runs into one folder would write into each other's temporary files. The lock goes with the
 * process, however it ends; where a file system has none, there is none. */
static int lock_folder(struct file_set *set, struct err *err)
{
    set->lock = open(set->folder, O_RDONLY | O_CLOEXEC);
    if (set->lock >= 0 && flock(set->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return err_set(err, ERR_OUTSIDE,
                       "%s: another run is writing there; wait for its end, or choose another "
                       "folder with --out",
                       set->folder);
    }
    return 0;
}

struct file_set *file_set_open(const char *folder, const char *const *names, size_t count,
                               struct err *err)
{
    size_t len = strlen(folder);
    must(count <= FILE_SET_MAX);
    if (len == 0 || len >= FOLDER_BYTES) {
        (void)err_set(err, ERR_USAGE, "--out: a folder's name has 1 to %d bytes, not %zu",
                      FOLDER_BYTES - 1, len);
        return NULL;
    }
    bool made = mkdir(folder, 0777) == 0;
    if (!made && errno != EEXIST) {
        (void)err_set(
            err, ERR_OUTSIDE,
            "%s: cannot make this folder: %s; make its parent, or choose another with --out",
            folder, strerror(errno));
        return NULL;
    }
    struct file_set *set = mem_alloc(1, sizeof *set);
    memcpy(set->folder, folder, len + 1);
    set->made = made;
    set->names = names;
    set->count = count;
    for (size_t i = 0; i < FILE_SET_MAX; i++) {
        set->fds[i] = -1;
    }
    if (lock_folder(set, err) != 0 || open_files(set, err) != 0) {
        file_set_close(set);
        return NULL;
    }
    return set;
}

static int write_out(struct file_set *set, size_t file, struct err *err)
{
    struct buf *bytes = &set->bytes[file];
    size_t done = 0;
    while (done < bytes->len) {
        ssize_t wrote = write(set->fds[file], bytes->at + done, bytes->len - done);
        if (wrote < 0 && errno != EINTR) {
            return failed(set, file, "written", err);
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    buf_clear(bytes);
    return 0;
}

int file_set_write(struct file_set *set, size_t file, struct str bytes, struct err *err)
{
    must(file < set->count);
    must(!set->complete);
    buf_add_str(&set->bytes[file], bytes);
    return set->bytes[file].len < WRITE_BYTES ? 0 : write_out(set, file, err);
}

int file_set_complete(struct file_set *set, struct err *err)
{
    for (size_t i = 0; i < set->count && !set->complete; i++) {
        if (write_out(set, i, err) != 0) {
            return -1;
        }
        int bad = fsync(set->fds[i]);
        int why = errno;
        bad = close(set->fds[i]) != 0 && bad == 0 ? (why = errno, -1) : bad;
        set->fds[i] = -1;
        errno = why;
        if (bad != 0) {
            return failed(set, i, "written", err);
        }
    }
    set->complete = true;
    return 0;
}

int file_set_publish(struct file_set *set, struct err *err)
{
    if (file_set_complete(set, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < set->count; i++) {
        char temporary[PATH_BYTES];
        char path[PATH_BYTES];
        paths_of(set, i, temporary, path);
        if (rename(temporary, path) != 0) {
            return failed(set, i, "put in place", err);
        }
        set->begun[i] = false;
        set->published = true;
    }
    return 0;
}

void file_set_close(struct file_set *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        char temporary[PATH_BYTES];
        char path[PATH_BYTES];
        paths_of(set, i, temporary, path);
        if (set->fds[i] >= 0) {
            (void)close(set->fds[i]);
        }
        if (set->begun[i]) {
            (void)unlink(temporary);
        }
        buf_fini(&set->bytes[i]);
    }
    if (set->made && !set->published) {
        (void)rmdir(set->folder);
    }
    if (set->lock >= 0) {
        (void)close(set->lock);
    }
    mem_free(set);
}
