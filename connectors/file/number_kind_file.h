/* number_kind_file.h - reads the table of number kinds, rules/library/number_kinds.yaml.
 *
 *     - {prefix: "138", length: 11, kind: mobile}
 *     - {prefix: "+", min_length: 4, max_length: 15, kind: intl}
 *
 * Memory:  the table belongs to the caller: number_kinds_free.
 * Threads: any.
 * Errors:  a missing file, an unknown kind, a row without length: -1 with file, line and remedy.
 */
#ifndef SLUICE_CONNECTORS_FILE_NUMBER_KIND_FILE_H
#define SLUICE_CONNECTORS_FILE_NUMBER_KIND_FILE_H

#include "engine/base/err.h"
#include "engine/ingest/number_kind.h"

int number_kind_file_read(const char *path, struct number_kinds **out, struct err *err);

#endif
