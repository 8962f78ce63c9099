/* yaml_read.h - reads a YAML file by a libcyaml schema, with one clear message if it cannot.
 *
 *     struct yaml_file file;
 *     if (yaml_read_file(&file, "mapping.yaml", "mapping", &schema, &err) != 0) { return -1; }
 *     struct yaml_map *map = file.data;
 *     ... return yaml_read_fail(&file, &err, "time.unit", "\"%s\" is no unit; ..", map->unit);
 *             -> mapping.yaml:9:14: "weeks" is no unit; ..
 *
 * Memory:  a struct yaml_file owns the text and what was loaded until yaml_read_free; path and
 *          schema are the caller's and outlive it.
 * Threads: any.
 * Errors:  a missing file is ERR_OUTSIDE, wrong contents ERR_USAGE, with file, line, column and remedy.
 */
#ifndef SLUICE_CONNECTORS_FILE_YAML_READ_H
#define SLUICE_CONNECTORS_FILE_YAML_READ_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <cyaml/cyaml.h>

#include <stdbool.h>
#include <stdint.h>

#define YAML_READ_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct yaml_file {
    const char *path;
    const cyaml_schema_value_t *schema;
    struct buf text;
    void *data;     /* by the schema; NULL: the file says nothing */
    unsigned count; /* entries, of a schema whose top is a sequence */
};

/* what: "mapping", for messages. A file that says nothing is an error, unless the schema's top is
 * CYAML_FLAG_POINTER_NULL. After an error there is nothing to free. */
int yaml_read_file(struct yaml_file *file, const char *path, const char *what,
                   const cyaml_schema_value_t *schema, struct err *err);
/* ERR_USAGE about the value of a key ("columns[2].member"), with its place in front. */
int yaml_read_fail(const struct yaml_file *file, struct err *err, const char *key,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Numbers are loaded as texts and read with this: libcyaml takes the 15 of "15m", and "010" as 8.
 * False, changing nothing, unless the text is one whole number, perhaps with a minus before it. */
bool yaml_read_number(const char *text, int64_t *value);
/* Not yaml_free: libyaml has a function of that name, and would call ours. */
void yaml_read_free(struct yaml_file *file);

#endif
