/* feed_file.h - a file as a source of records: one JSON object a line, or CSV rows through a
 * mapping.
 *
 *     struct source source;
 *     if (feed_file_open(&source, "day.csv", "mapping.yaml", &err) != 0) ...
 *
 * "-" is standard input. Lines end with LF or CRLF, the last one may lack it, blank lines do not
 * count. A line over the limit of JSON_RECORD_BYTES_MAX is passed over in bounded memory and
 * reported as too_large with its real size. In CSV a quoted cell may hold line ends. Where quotes
 * do not close, or close in a later broken row so that what lies between makes no row of the
 * mapping, only the line that opens them is refused, and reading goes on with the next line.
 *
 * Memory:  the source owns its buffers until its close.
 * Threads: one owner at a time.
 * Errors:  a file that cannot be opened or read, or whose header lacks a column: -1 with file and
 *          remedy. Broken records are ordinary: they come with `refused` set (engine/source.h).
 */
#ifndef SLUICE_CONNECTORS_FILE_FEED_FILE_H
#define SLUICE_CONNECTORS_FILE_FEED_FILE_H

#include "engine/base/err.h"
#include "engine/source.h"

/* map_path NULL: JSON lines; else CSV by that mapping. */
int feed_file_open(struct source *out, const char *path, const char *map_path, struct err *err);

#endif
