/* sink_file.h - outputs into a folder: one file of JSON lines for each kind.
 *
 *     warnings.jsonl  stops.jsonl  advice.jsonl  decisions.jsonl  receipts.jsonl dead-letters.jsonl
 *     shadow.jsonl
 *
 * They appear together when the run has succeeded (file_set.h), so a reader sees the outputs of a
 * whole run or of the one before.
 *
 * Memory:  owns its buffers and files until sink_file_close.
 * Threads: one owner at a time.
 * Errors:  those of file_set.h. What is not published is removed by close.
 */
#ifndef SLUICE_CONNECTORS_FILE_SINK_FILE_H
#define SLUICE_CONNECTORS_FILE_SINK_FILE_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/sink.h"

#include <stddef.h>

struct sink_file;
struct sink_file *sink_file_open(const char *folder, struct err *err);
struct sink sink_file_sink(struct sink_file *file);
/* Adds `summary` as summary.json and brings everything to the disk, not yet in place. */
int sink_file_complete(struct sink_file *file, struct str summary, struct err *err);
int sink_file_publish(struct sink_file *file, struct err *err);
void sink_file_close(struct sink_file *file);
/* Names of the files in the folder, the index-th; NULL past the last. */
const char *sink_file_name(size_t index);

#endif
