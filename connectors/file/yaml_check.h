/* yaml_check.h - what stands wrong in a YAML text, and where: line and column, counted from 1.
 *
 * mapping.yaml with "colums:" in its second line gives
 *
 *     mapping.yaml:2:1: unknown key "colums"; did you mean columns?
 *
 * libcyaml, which loads the values, knows neither: its messages have the place of the value before,
 * or none. So the text is compared with the same schema first.
 *
 * Memory:  none is kept.
 * Threads: any.
 * Errors:  ERR_USAGE with file, line, column and remedy.
 */
#ifndef SLUICE_CONNECTORS_FILE_YAML_CHECK_H
#define SLUICE_CONNECTORS_FILE_YAML_CHECK_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <cyaml/cyaml.h>

struct yaml_place {
    size_t line, column;
};

/* Is it one YAML document with the keys, lists and texts of the schema? `what` is "mapping"; a text
 * that says nothing is good if the schema's top is CYAML_FLAG_POINTER_NULL. */
int yaml_check_text(const char *path, const char *what, struct str text,
                    const cyaml_schema_value_t *schema, struct err *err);
/* Where the value of a key stands ("time.unit", "columns[2].member", "[0]"), or what is nearest
 * around it. */
struct yaml_place yaml_check_find(struct str text, const char *key);

#endif
