#include "connectors/file/sink_file.h"

#include "connectors/file/file_set.h"
#include "engine/base/mem.h"

#define SUMMARY OUTPUT_KIND_COUNT
#define FILES (OUTPUT_KIND_COUNT + 1)
_Static_assert(FILES <= FILE_SET_MAX, "all outputs appear together");

static const char *const names[FILES] = {
    [OUTPUT_WARNING] = "warnings.jsonl", [OUTPUT_STOP] = "stops.jsonl",
    [OUTPUT_ADVICE] = "advice.jsonl",    [OUTPUT_DECISION] = "decisions.jsonl",
    [OUTPUT_RECEIPT] = "receipts.jsonl", [OUTPUT_DEAD_LETTER] = "dead-letters.jsonl",
    [OUTPUT_SHADOW] = "shadow.jsonl",    [SUMMARY] = "summary.json",
};

struct sink_file {
    struct file_set *files;
};

struct sink_file *sink_file_open(const char *folder, struct err *err)
{
    struct file_set *files = file_set_open(folder, names, FILES, err);
    if (files == NULL) {
        return NULL;
    }
    struct sink_file *file = mem_alloc(1, sizeof *file);
    file->files = files;
    return file;
}

static int write_line(struct sink_file *file, size_t kind, struct str line, struct err *err)
{
    int result = file_set_write(file->files, kind, line, err);
    return result != 0 ? -1 : file_set_write(file->files, kind, STR("\n"), err);
}

static int emit(void *self, const struct output *output, struct err *err)
{
    return write_line(self, (size_t)output->kind, output->json, err);
}

struct sink sink_file_sink(struct sink_file *file)
{
    return (struct sink){file, emit};
}

int sink_file_complete(struct sink_file *file, struct str summary, struct err *err)
{
    int result = write_line(file, SUMMARY, summary, err);
    return result != 0 ? -1 : file_set_complete(file->files, err);
}

int sink_file_publish(struct sink_file *file, struct err *err)
{
    return file_set_publish(file->files, err);
}

void sink_file_close(struct sink_file *file)
{
    if (file != NULL) {
        file_set_close(file->files);
        mem_free(file);
    }
}

const char *sink_file_name(size_t index)
{
    return index < FILES ? names[index] : NULL;
}
