/* settings.h - the values of settings.def.
 *
 * settings.engine_lateness_ms is `engine: lateness_ms:` in sluice.yaml and
 * SLUICE_ENGINE_LATENESS_MS in the environment.
 *
 * Memory:  a plain value.
 * Threads: read only after start.
 * Errors:  reading and checking is connectors/file/settings_file.h.
 */
#ifndef SLUICE_SETTINGS_H
#define SLUICE_SETTINGS_H

#include "engine/state/page.h"

#include <stdbool.h>
#include <stdint.h>

struct settings {
#define SETTING_INT(section, name, unit, value, low, high, sentence) int64_t section##_##name;
#define SETTING_TEXT(section, name, value, max, secret, sentence) char section##_##name[(max) + 1];
#include "engine/settings.def"
};

void settings_defaults(struct settings *settings);
/* The log's time is that of the events (visits.clock), not the brokers'. */
bool settings_have_event_clock(const struct settings *settings);
/* What pages keep, by these settings. */
void settings_retention(const struct settings *settings, struct retention *retention);

#endif
