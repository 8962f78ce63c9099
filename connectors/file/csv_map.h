/* csv_map.h - a mapping file turns rows of a CSV export into records of the feeds.
 *
 *     type: transaction
 *     columns:
 *       - {column: sourceNodeId, member: payer.account}
 *       - {column: targetNodeId, member: payee.account}
 *       - {column: time, member: time}
 *     constants:
 *       - {member: phase, value: posted}
 *       - {member: amount, value: "1.00"}
 *       - {member: currency, value: CNY}
 *     row_id: "amlsim-"                       # id is amlsim-1, amlsim-2, ..
 *     time: {unit: step, step_ms: 86400000, base: "2026-01-01T00:00:00+08:00"}
 *
 * A column of an amount or a duration may state its unit, {column: fen, member: amount, unit: fen}
 * (csv_value.h; docs/mapping.md has all of it). `time.unit` is rfc3339 (when left out), epoch_ms,
 * epoch_s or step: base + cell * step_ms. `delimiter` is one character, a comma when left out.
 * Quotes as in RFC 4180; the first row names the columns. An empty cell means that the member is
 * absent. Each row becomes canonical JSON, which the decoder of every feed then checks.
 *
 * Memory:  owns its parts; rows are written into the caller's buffer.
 * Threads: one owner at a time.
 * Errors:  a mistake in the mapping or a missing column is one message with file, key and remedy (ERR_USAGE); a
 *          broken row is a refusal that names the row.
 */
#ifndef SLUICE_CONNECTORS_FILE_CSV_MAP_H
#define SLUICE_CONNECTORS_FILE_CSV_MAP_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/ingest/refusal.h"

#include <stdbool.h>
#include <stdint.h>

#define CSV_COLUMNS_MAX 256

struct csv_map;

int csv_map_read(const char *path, struct csv_map **out, struct err *err);
void csv_map_free(struct csv_map *map);
/* Finds the mapped columns in the header row of file `name`. Must succeed before the first
 * csv_map_row. */
int csv_map_header(struct csv_map *map, const char *name, struct str row, struct err *err);
/* Can a row of several lines be meant? It has a cell for every column, and line ends stand only in
 * cells that are not mapped (a remark): no member holds one. */
bool csv_map_spans_lines(struct csv_map *map, struct str row);
/* Writes row number `number` (1 is the first below the header) as one JSON object; -1: refused. */
int csv_map_row(struct csv_map *map, struct str row, uint64_t number, struct buf *out,
                struct refusal *why);

#endif
