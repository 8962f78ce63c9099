/* file_set.h - files of one folder that appear together, when all of them are complete.
 *
 *     struct file_set *set = file_set_open("out", names, 2, &err);
 *     file_set_write(set, 0, STR("a line\n"), &err);
 *     file_set_publish(set, &err);
 *     file_set_close(set);
 *
 * They are written as `.NAME.part` and get their names by rename, so a reader sees the files of a
 * whole run or of the one before. One run at a time writes into a folder.
 *
 * Memory:  owns its buffers and files until file_set_close.
 * Threads: one owner at a time.
 * Errors:  a folder that cannot be made or written, a name that something else than a file bears,
 *          another run in the folder, a full disk: -1 (or NULL) with path and remedy. What is not
 * published is removed by close, with the folder if it was made here.
 */
#ifndef SLUICE_CONNECTORS_FILE_FILE_SET_H
#define SLUICE_CONNECTORS_FILE_FILE_SET_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stddef.h>

#define FILE_SET_MAX 8

struct file_set;
/* `names` must outlive the set. The folder is made if its parent is there. */
struct file_set *file_set_open(const char *folder, const char *const *names, size_t count,
                               struct err *err);
/* Appends to the file with this index in `names`. */
int file_set_write(struct file_set *set, size_t file, struct str bytes, struct err *err);
/* Brings all bytes to the disk, still under temporary names: what can fail for want of room fails
 * here, before anything is seen. */
int file_set_complete(struct file_set *set, struct err *err);
int file_set_publish(struct file_set *set, struct err *err);
void file_set_close(struct file_set *set);

#endif
