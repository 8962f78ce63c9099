/* temp_folder.h - a folder of its own for a test that reads or writes files.
 *
 *     struct temp_folder folder;
 *     temp_begin(&folder);
 *     const char *map = temp_write(&folder, "mapping.yaml", STR("type: call\n"));
 *     ... ck_assert_str_eq(temp_names(&folder), "mapping.yaml");
 *     temp_end(&folder);
 *
 * Memory:  paths and texts live in the folder until temp_end.
 * Threads: one.
 * Errors:  fail the test, which then leaves the folder behind.
 */
#ifndef SLUICE_UNIT_TEMP_FOLDER_H
#define SLUICE_UNIT_TEMP_FOLDER_H

#include "engine/base/arena.h"
#include "engine/base/str.h"

struct temp_folder {
    char path[32];
    struct arena arena;
};

void temp_begin(struct temp_folder *folder);
/* Removes the folder and the files in it. */
void temp_end(struct temp_folder *folder);
/* Path of a name in the folder, there or not. */
const char *temp_path(struct temp_folder *folder, const char *name);
/* Writes a file; returns its path. */
const char *temp_write(struct temp_folder *folder, const char *name, struct str text);
/* What a file holds. */
struct str temp_read(struct temp_folder *folder, const char *name);
/* The names in the folder, hidden ones too, sorted, with a blank between them. */
const char *temp_names(struct temp_folder *folder);

#endif
