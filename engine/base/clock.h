/* clock.h - how much time passes: for waits and limits of the outside world, never for what is
 * decided.
 *
 *     int64_t end_ms = clock_mono_ms() + 5000;
 *     while (clock_mono_ms() < end_ms) { ... clock_pause_us(500); }
 *
 * Memory:  none.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_BASE_CLOCK_H
#define SLUICE_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never steps; its beginning means nothing. */
int64_t clock_mono_ms(void);
/* The same clock in smaller units. */
int64_t clock_mono_us(void);
int64_t clock_mono_ns(void);
/* The time of day, for latencies between machines whose clocks agree. */
int64_t clock_unix_ms(void);
/* Sleeps so long, or less when a signal comes. */
void clock_pause_us(int64_t us);

#endif
