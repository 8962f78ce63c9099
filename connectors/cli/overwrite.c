#include "connectors/cli/overwrite.h"

#include "connectors/file/sink_file.h"
#include "connectors/file/whole_file.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 8192

struct place {
    bool exists, is_folder, has_parent;
    struct stat self, parent;
    struct str name; /* in the parent; "" of standard input */
};

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void find_place(const char *path, struct place *place)
{
    memset(place, 0, sizeof *place);
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    size_t name = len;
    while (name > 0 && path[name - 1] != '/') {
        name--;
    }
    char parent[PATH_BYTES];
    int parent_len =
        snprintf(parent, sizeof parent, "%.*s", (int)(name > 0 ? name : 1), name > 0 ? path : ".");
    place->name = (struct str){path + name, len - name};
    place->has_parent = parent_len < PATH_BYTES && stat(parent, &place->parent) == 0;
    place->exists = stat(path, &place->self) == 0;
    place->is_folder = place->exists && S_ISDIR(place->self.st_mode);
}

static void find_input(const char *path, struct place *place)
{
    if (strcmp(path, "-") == 0) {
        memset(place, 0, sizeof *place);
        place->exists = fstat(STDIN_FILENO, &place->self) == 0 && S_ISREG(place->self.st_mode);
        return;
    }
    find_place(path, place);
}

/* What is read from the folder of a pack. */
static bool is_of_pack(struct str name)
{
    struct str end = STR(".rule");
    return str_eq_text(name, "number_kinds.yaml") ||
           (name.len > end.len && memcmp(name.at + name.len - end.len, end.at, end.len) == 0);
}

static bool harms(const struct place *output, const struct place *input)
{
    if (input->is_folder) {
        return output->has_parent && same_file(&output->parent, &input->self) &&
               is_of_pack(output->name);
    }
    if (output->exists && input->exists && same_file(&output->self, &input->self)) {
        return true;
    }
    return output->has_parent && input->has_parent && same_file(&output->parent, &input->parent) &&
           str_eq(output->name, input->name);
}

/* The input that an output at `path` would harm, NULL: none. */
static const struct overwrite_input *harmed(const struct overwrite_input *inputs, size_t count,
                                            const char *path)
{
    struct place output;
    find_place(path, &output);
    for (size_t i = 0; i < count; i++) {
        struct place input;
        if (inputs[i].path == NULL || inputs[i].path[0] == '\0') {
            continue;
        }
        find_input(inputs[i].path, &input);
        if (harms(&output, &input)) {
            return &inputs[i];
        }
    }
    return NULL;
}

int overwrite_check(const struct overwrite_input *inputs, size_t count, const char *option,
                    const char *path, struct err *err)
{
    const struct overwrite_input *input = harmed(inputs, count, path);
    struct buf temporary = {0};
    whole_file_temporary(path, &temporary);
    input = input == NULL ? harmed(inputs, count, buf_text(&temporary)) : input;
    buf_fini(&temporary);
    return input == NULL ? 0
                         : err_set(err, ERR_USAGE, "%s %s would overwrite %s %s; name another file",
                                   option, path, input->option, input->path);
}

int overwrite_check_out(const struct overwrite_input *inputs, size_t count, const char *folder,
                        struct err *err)
{
    const struct overwrite_input *input = harmed(inputs, count, folder);
    char path[PATH_BYTES];
    const char *name = NULL;
    for (size_t i = 0; input == NULL && (name = sink_file_name(i)) != NULL; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        input = harmed(inputs, count, path);
        if (input == NULL) {
            (void)snprintf(path, sizeof path, "%s/.%s.part", folder, name);
            input = harmed(inputs, count, path);
        }
    }
    return input == NULL
               ? 0
               : err_set(err, ERR_USAGE,
                         "--out %s would overwrite %s %s; name another folder or another file",
                         folder, input->option, input->path);
}
