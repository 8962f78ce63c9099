/* json_look.h - single members of our own outputs, without taking a line apart.
 *
 *     struct str tier = json_look_text(line, "tier");        high of "tier":"high"; empty for null
 *     for (struct str rest = json_look(line, "fired"); json_look_next(&rest, &item);) { .. }
 *
 * For JSON that json_write.h wrote: no blanks, no member twice. Any bytes may be given; what is no
 * such JSON has no members.
 *
 * Memory:  what is returned points into the text.
 * Threads: any.
 * Errors:  none; an absent member is empty.
 */
#ifndef SLUICE_CLI_JSON_LOOK_H
#define SLUICE_CLI_JSON_LOOK_H

#include "engine/base/str.h"

#include <stdbool.h>

/* The value of a member of an object as it stands there, texts with their quotes. */
struct str json_look(struct str object, const char *name);
/* The inside of a text; empty for anything else. Escapes stay. */
struct str json_look_text(struct str object, const char *name);
/* Takes the first item off an array; false at its end. */
bool json_look_next(struct str *array, struct str *item);
/* "abc" without its quotes; empty for anything else. */
struct str json_look_inside(struct str value);

#endif
