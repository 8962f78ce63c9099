/* whole_file.h - a file that is replaced as a whole: path is the old file or the new one.
 *
 *     whole_file_can_write("monday.pages", "pages", &err)          before the work
 *     whole_file_write("monday.pages", "pages", bytes, &err)       after it
 *
 * The new one is written beside it as `.monday.pages.part`, locked, brought to the disk and
 * renamed. Two runs never write into each other's: the second is refused while the first writes.
 * What a run that was killed left is overwritten by the next one.
 *
 * Memory:  none is kept.
 * Threads: any.
 * Errors:  ERR_OUTSIDE with the path and why: no such folder, something else than a file there, another run, a full disk;
 *          then nothing is left and the old file is as it was.
 */
#ifndef SLUICE_CONNECTORS_FILE_WHOLE_FILE_H
#define SLUICE_CONNECTORS_FILE_WHOLE_FILE_H

#include "engine/base/err.h"
#include "engine/base/str.h"

/* what: "pages", for messages. */
int whole_file_can_write(const char *path, const char *what, struct err *err);
int whole_file_write(const char *path, const char *what, struct str bytes, struct err *err);
/* Appends the name under which it is written. */
void whole_file_temporary(const char *path, struct buf *out);

#endif
