#include "tests/unit/temp_folder.h"

#include "engine/base/mem.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void temp_begin(struct temp_folder *folder)
{
    memset(folder, 0, sizeof *folder);
    memcpy(folder->path, "/tmp/sluice-unit-XXXXXX", sizeof "/tmp/sluice-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder->path));
}

const char *temp_path(struct temp_folder *folder, const char *name)
{
    char path[512];
    int len = snprintf(path, sizeof path, "%s/%s", folder->path, name);
    ck_assert(len > 0 && (size_t)len < sizeof path);
    return arena_copy(&folder->arena, str_of(path)).at;
}

const char *temp_write(struct temp_folder *folder, const char *name, struct str text)
{
    const char *path = temp_path(folder, name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text.at, 1, text.len, file), text.len);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

struct str temp_read(struct temp_folder *folder, const char *name)
{
    struct buf text = {0};
    FILE *file = fopen(temp_path(folder, name), "rb");
    ck_assert_msg(file != NULL, "there is no %s", name);
    size_t got = 0;
    do {
        buf_reserve(&text, 65536);
        got = fread(text.at + text.len, 1, 65536, file);
        text.len += got;
    } while (got > 0);
    ck_assert_int_eq(fclose(file), 0);
    struct str copy = arena_copy(&folder->arena, buf_str(&text));
    buf_fini(&text);
    return copy;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* At most 64 names but `.` and `..`; returns their number. */
static size_t list_names(struct temp_folder *folder, const char *names[64])
{
    size_t count = 0;
    DIR *open = opendir(folder->path);
    ck_assert_ptr_nonnull(open);
    for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            ck_assert_uint_lt(count, 64);
            names[count++] = arena_copy(&folder->arena, str_of(entry->d_name)).at;
        }
    }
    ck_assert_int_eq(closedir(open), 0);
    qsort(names, count, sizeof names[0], compare_names);
    return count;
}

const char *temp_names(struct temp_folder *folder)
{
    const char *names[64];
    struct buf text = {0};
    size_t count = list_names(folder, names);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(&text, i > 0 ? " " : "");
        buf_add_text(&text, names[i]);
    }
    const char *copy = arena_copy(&folder->arena, buf_str(&text)).at;
    buf_fini(&text);
    return copy;
}

void temp_end(struct temp_folder *folder)
{
    const char *names[64];
    size_t count = list_names(folder, names);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(remove(temp_path(folder, names[i])), 0);
    }
    ck_assert_int_eq(rmdir(folder->path), 0);
    arena_fini(&folder->arena);
}
