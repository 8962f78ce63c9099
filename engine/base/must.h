/* must.h - a fact that holds unless Sluice itself has a bug.
 *
 * must(page->record_count <= RECORD_MAX) stays on in production: it names the fact, the place and
 * the event in hand, and aborts. Never use it for input or for the outside world.
 *
 * Memory:  none.
 * Threads: any; the event in hand is per thread.
 * Errors:  aborts.
 */
#ifndef SLUICE_BASE_MUST_H
#define SLUICE_BASE_MUST_H

#include <stdint.h>

#define must(fact) ((fact) ? (void)0 : must_fail(#fact, __FILE__, __LINE__))

_Noreturn void must_fail(const char *fact, const char *file, int line);

/* Says which step is being worked on, for the message of a failing must(). */
void must_note_step(uint32_t partition, uint64_t lsn);

#endif
