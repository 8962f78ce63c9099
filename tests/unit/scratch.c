#include "tests/unit/scratch.h"

#include "engine/base/arena.h"
#include "engine/base/must.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512
#define CONTENT_BYTES ((size_t)1 << 20)

static char folder[] = "/tmp/sluice-test-XXXXXX";
static bool made;
static struct arena arena;

void scratch_remove(const char *path)
{
    DIR *dir = opendir(path);
    must(dir != NULL);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char below[PATH_BYTES];
        int len = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        must(len > 0 && (size_t)len < sizeof below);
        bool self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        /* What a server that is ending removes itself is gone already: no folder. */
        if (!self && unlink(below) != 0 && errno != ENOENT) {
            scratch_remove(below);
        }
    }
    (void)closedir(dir);
    (void)rmdir(path);
}

static void clean(void)
{
    scratch_remove(folder);
    arena_fini(&arena);
}

const char *scratch_path(const char *name)
{
    if (!made) {
        made = mkdtemp(folder) != NULL;
        must(made);
        must(atexit(clean) == 0);
    }
    char path[PATH_BYTES];
    int len = snprintf(path, sizeof path, "%s%s%s", folder, name[0] == '\0' ? "" : "/", name);
    must(len > 0 && (size_t)len < sizeof path);
    return arena_copy(&arena, (struct str){path, (size_t)len + 1}).at;
}

const char *scratch_write(const char *name, struct str content)
{
    const char *path = scratch_path(name);
    FILE *file = fopen(path, "wb");
    must(file != NULL);
    must(content.len == 0 || fwrite(content.at, 1, content.len, file) == content.len);
    must(fclose(file) == 0);
    return path;
}

const char *scratch_read(const char *name)
{
    FILE *file = fopen(scratch_path(name), "rb");
    must(file != NULL);
    char *content = arena_alloc(&arena, CONTENT_BYTES, 1);
    size_t len = fread(content, 1, CONTENT_BYTES - 1, file);
    must(len < CONTENT_BYTES - 1);
    (void)fclose(file);
    content[len] = '\0';
    return content;
}

bool scratch_has(const char *name)
{
    return access(scratch_path(name), F_OK) == 0;
}

int scratch_count(const char *name)
{
    DIR *dir = opendir(scratch_path(name));
    must(dir != NULL);
    int count = -2; /* itself and its parent */
    while (readdir(dir) != NULL) {
        count++;
    }
    (void)closedir(dir);
    return count;
}
