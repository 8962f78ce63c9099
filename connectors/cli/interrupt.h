/* interrupt.h - a command that is told to end (Ctrl-C, a shutdown) cleans up first.
 *
 *     interrupt_catch();
 *     while (...) {
 *         if (interrupt_check(&err) != 0) { result = -1; break; }
 *     }
 *     ... remove what is half written ...
 *     interrupt_obey();
 *
 * SIGINT, SIGTERM and SIGHUP are noted; a read that waits for input ends. A second one ends the
 * process at once.
 *
 * Memory:  none.
 * Threads: the main thread.
 * Errors:  interrupt_check: ERR_OUTSIDE once a signal has come.
 */
#ifndef SLUICE_CLI_INTERRUPT_H
#define SLUICE_CLI_INTERRUPT_H

#include "engine/base/err.h"

void interrupt_catch(void);
int interrupt_check(struct err *err);
/* Ends the process by the signal that came, so that a shell sees why; returns if none came. */
void interrupt_obey(void);

#endif
