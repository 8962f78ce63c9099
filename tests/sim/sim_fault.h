/* sim_fault.h - workers of the simulator that die at a fault point (engine/fault.def).
 *
 *     sim_fault_arm(&fault, FAULT_CALL_SENT, 2);               at the second time from now on
 *     if (!sim_fault_try(&fault, work, owner)) {               it died in there: throw it away
 *
 * A death is a jump out of the worker's code, so nothing that stands behind the point is done. What
 * the worker owns is freed by its owner; at no fault point the stack owns memory.
 *
 * Memory:  a plain value.
 * Threads: one.
 * Errors:  none.
 */
#ifndef SLUICE_TESTS_SIM_FAULT_H
#define SLUICE_TESTS_SIM_FAULT_H

#include "engine/fault.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

struct sim_fault_counts {
    uint64_t reached[FAULT_POINT_COUNT], died[FAULT_POINT_COUNT];
};

struct sim_fault {
    jmp_buf out;
    bool trying;
    uint32_t left[FAULT_POINT_COUNT]; /* times until somebody dies there; 0: nobody will */
    struct sim_fault_counts counts;
};

/* How many points the simulator has, and the n-th of them. */
uint32_t sim_fault_points(void);
enum fault_point sim_fault_point(uint32_t n);
/* All points that are reached from now on are this one's matter; NULL: nobody's. */
void sim_fault_watch(struct sim_fault *fault);
void sim_fault_arm(struct sim_fault *fault, enum fault_point point, uint32_t times);
void sim_fault_disarm(struct sim_fault *fault);
/* The worker that is tried dies here and now. */
_Noreturn void sim_fault_die(struct sim_fault *fault);
/* Does it; false if the worker died within. */
bool sim_fault_try(struct sim_fault *fault, void (*act)(void *context), void *context);
void sim_fault_add(struct sim_fault_counts *sum, const struct sim_fault_counts *counts);
/* Points of the simulator; those where somebody died; how often that was. */
struct sim_fault_sum {
    int points, tried;
    uint64_t deaths;
};
struct sim_fault_sum sim_fault_sum(const struct sim_fault_counts *counts);
/* A line for each of them, on standard output. */
void sim_fault_say(const struct sim_fault_counts *counts);

#endif
