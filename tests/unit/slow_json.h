/* slow_json.h - the grammar of RFC 8259 once more, as plainly as it can be written.
 *
 * Tests ask it whether a changed record is still one JSON object, and expect the decoder to agree:
 *
 *     slow_json_record(STR("{\"a\":01}"))   false
 *
 * Members given twice, depth and size are not looked at.
 *
 * Memory:  none.
 * Threads: any.
 * Errors:  none; it recurses, so the text must be short.
 */
#ifndef SLUICE_UNIT_SLOW_JSON_H
#define SLUICE_UNIT_SLOW_JSON_H

#include "engine/base/str.h"

/* Whether the bytes are one JSON object in UTF-8, blanks around it allowed. */
bool slow_json_record(struct str record);

#endif
