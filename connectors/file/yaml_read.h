/* yaml_read.h - reads a YAML file by a libcyaml schema, with one clear message if it cannot.
 *
 * mapping.yaml with "colums:" gives "mapping.yaml: the mapping cannot be used: Unexpected key:
 * colums; in mapping (line: 3, column: 1)".
 *
 * Memory:  what is loaded belongs to the caller and goes back with yaml_read_free and the same schema.
 * Threads: any.
 * Errors:  a missing file is ERR_OUTSIDE, wrong contents ERR_USAGE, both with file and place.
 */
#ifndef SLUICE_CONNECTORS_FILE_YAML_READ_H
#define SLUICE_CONNECTORS_FILE_YAML_READ_H

#include "engine/base/err.h"

#include <cyaml/cyaml.h>

#include <stdbool.h>
#include <stdint.h>

/* what: "mapping", for messages. count is for schemas whose top is a sequence, else NULL. A file
 * that says nothing is an error, unless the schema's top is CYAML_FLAG_POINTER_NULL: then *out is
 * NULL. */
int yaml_read_file(const char *path, const char *what, const cyaml_schema_value_t *schema,
                   void **out, unsigned *count, struct err *err);
/* Numbers are loaded as texts and read with this: libcyaml takes the 15 of "15m", and "010" as 8.
 * False, changing nothing, unless the text is one whole number, perhaps with a minus before it. */
bool yaml_read_number(const char *text, int64_t *value);
/* Not yaml_free: libyaml has a function of that name, and would call ours. */
void yaml_read_free(const cyaml_schema_value_t *schema, void *data, unsigned count);

#endif
