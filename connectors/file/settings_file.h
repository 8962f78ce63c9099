/* settings_file.h - the settings in force: defaults, then sluice.yaml, then the environment.
 *
 *     engine:
 *       lateness_ms: 600000
 *
 * in the file and SLUICE_ENGINE_LATENESS_MS=600000 in the environment are the same; the environment
 * has the last word. All settings, with unit, range and default, are in engine/settings.def.
 *
 * Memory:  fills the caller's struct settings.
 * Threads: one, at start.
 * Errors:  ERR_USAGE: an unknown key or variable, a value outside its range: with file or variable,
 *          value, allowed range. ERR_OUTSIDE: the file cannot be read.
 */
#ifndef SLUICE_CONNECTORS_FILE_SETTINGS_FILE_H
#define SLUICE_CONNECTORS_FILE_SETTINGS_FILE_H

#include "engine/base/err.h"
#include "engine/settings.h"

#include <stdio.h>

/* path NULL: no file. */
int settings_read(struct settings *settings, const char *path, struct err *err);
/* Sets one, "visits.partitions", from elsewhere ("--partitions"), within its range. */
int settings_set_number(struct settings *settings, const char *key, const char *where,
                        int64_t value, struct err *err);
/* As a file that settings_read takes, with a sentence for each; secrets as "***". */
void settings_print(const struct settings *settings, FILE *out);

#endif
