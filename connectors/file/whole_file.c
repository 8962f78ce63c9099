#include "connectors/file/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of the path up to its file's name. */
static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

void whole_file_temporary(const char *path, struct buf *out)
{
    size_t folder = folder_len(path);
    buf_add(out, path, folder);
    buf_add_text(out, ".");
    buf_add_text(out, path + folder);
    buf_add_text(out, ".part");
}

static int failed(const char *path, const char *what, struct err *err)
{
    return err_set(err, ERR_OUTSIDE,
                   "%s: cannot save %s: %s; name a file in a folder that can be written", path,
                   what, strerror(errno));
}

/* Is the file that fd has open still the one of that name? Between our open and our lock another
 * run may have renamed or removed it. */
static bool is_still(int fd, const char *name)
{
    struct stat open_one;
    struct stat named;
    return fstat(fd, &open_one) == 0 && stat(name, &named) == 0 &&
           open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* Opens and locks the temporary file of this name, empty; -1 with err. Where a file system has no
 * locks, there is none. */
static int open_locked(const char *path, const char *what, const char *name, struct err *err)
{
    for (;;) {
        int fd = open(name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0) {
            return failed(path, what, err);
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            (void)close(fd);
            return err_set(err, ERR_OUTSIDE,
                           "%s: cannot save %s: another run is saving there; wait for its end, or "
                           "name another file",
                           path, what);
        }
        bool ours = is_still(fd, name);
        if (ours && ftruncate(fd, 0) == 0) {
            return fd;
        }
        int why = errno;
        (void)close(fd);
        if (ours) {
            errno = why;
            return failed(path, what, err);
        }
    }
}

static int open_beside(const char *path, const char *what, struct buf *name, struct err *err)
{
    struct stat about;
    if (lstat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISLNK(about.st_mode)) {
        return err_set(err, ERR_OUTSIDE,
                       "%s: cannot save %s: something else than a file is there; name a file", path,
                       what);
    }
    whole_file_temporary(path, name);
    return open_locked(path, what, buf_text(name), err);
}

int whole_file_can_write(const char *path, const char *what, struct err *err)
{
    struct buf name = {0};
    int fd = open_beside(path, what, &name, err);
    if (fd >= 0) {
        (void)unlink(buf_text(&name));
        (void)close(fd);
    }
    buf_fini(&name);
    return fd >= 0 ? 0 : -1;
}

static int write_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(fd, bytes.at, bytes.len);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote < 0) {
            return -1;
        }
        bytes.at += wrote;
        bytes.len -= (size_t)wrote;
    }
    return 0;
}

/* The folder, too, must reach the disk, or the new name may be lost. Not every file system lets
 * one do that; the file itself is whole in any case. */
static void sync_folder(const char *path)
{
    struct buf folder = {0};
    if (folder_len(path) == 0) {
        buf_add_text(&folder, ".");
    } else {
        buf_add(&folder, path, folder_len(path));
    }
    int fd = open(buf_text(&folder), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
    buf_fini(&folder);
}

/* Takes fd. The lock is held until the file has its name: it goes with the last descriptor, and
 * closing the first tells what the file system has to say. errno tells why not. */
static int write_and_rename(int fd, const char *name, const char *path, struct str bytes)
{
    int lock = dup(fd);
    int bad = lock < 0 || write_all(fd, bytes) != 0 || fsync(fd) != 0 ? -1 : 0;
    int why = errno;
    bad = close(fd) != 0 && bad == 0 ? (why = errno, -1) : bad;
    bad = bad == 0 && rename(name, path) != 0 ? (why = errno, -1) : bad;
    if (bad != 0) {
        (void)unlink(name);
    } else {
        sync_folder(path);
    }
    if (lock >= 0) {
        (void)close(lock);
    }
    errno = why;
    return bad;
}

int whole_file_write(const char *path, const char *what, struct str bytes, struct err *err)
{
    struct buf name = {0};
    int fd = open_beside(path, what, &name, err);
    int result = -1;
    if (fd >= 0) {
        result =
            write_and_rename(fd, buf_text(&name), path, bytes) == 0 ? 0 : failed(path, what, err);
    }
    buf_fini(&name);
    return result;
}
