/* scratch.h - a folder for the files of one test, removed when its process ends.
 *
 *     const char *path = scratch_write("map.yaml", STR("type: call\n"));
 *     ck_assert_str_eq(scratch_read("out.jsonl"), "..");
 *
 * Memory:  paths and contents live until the process ends.
 * Threads: one.
 * Errors:  what cannot be made or read ends the test with the reason.
 */
#ifndef SLUICE_TESTS_SCRATCH_H
#define SLUICE_TESTS_SCRATCH_H

#include "engine/base/str.h"

#include <stdbool.h>

/* "" is the folder itself. */
const char *scratch_path(const char *name);
const char *scratch_write(const char *name, struct str content);
const char *scratch_read(const char *name);
bool scratch_has(const char *name);
/* How many files and folders there are in it, or in a folder of it. */
int scratch_count(const char *name);
/* Any folder, by its path, with all that is in it. */
void scratch_remove(const char *path);

#endif
