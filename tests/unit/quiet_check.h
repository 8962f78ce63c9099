/* quiet_check.h - ck_assert_msg for loops of millions.
 *
 * Check writes down each assertion that it passes, which takes longer than most of what is tried
 * here; quiet_check is silent while the fact holds:
 *
 *     quiet_check(gap_ms == want_ms, "seed %d: gap", seed);
 *
 * Memory:  none.
 * Threads: one.
 * Errors:  fails the test.
 */
#ifndef SLUICE_UNIT_QUIET_CHECK_H
#define SLUICE_UNIT_QUIET_CHECK_H

#include <check.h>

#define quiet_check(fact, ...)         \
    do {                               \
        if (!(fact)) {                 \
            ck_abort_msg(__VA_ARGS__); \
        }                              \
    } while (0)

#endif
