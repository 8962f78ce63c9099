#include "tests/sim/sim_fault.h"

#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint32_t sim_fault_points(void)
{
    uint32_t count = 0;
    for (int i = 0; i < FAULT_POINT_COUNT; i++) {
        count += (fault_infos[i].where & FAULT_IN_SIM) != 0;
    }
    return count;
}

enum fault_point sim_fault_point(uint32_t n)
{
    int i = 0;
    for (; n > 0 || (fault_infos[i].where & FAULT_IN_SIM) == 0; i++) {
        n -= (fault_infos[i].where & FAULT_IN_SIM) != 0;
    }
    return (enum fault_point)i;
}

_Noreturn void sim_fault_die(struct sim_fault *fault)
{
    must(fault->trying);
    longjmp(fault->out, 1);
}

static void reached(void *self, enum fault_point point)
{
    struct sim_fault *fault = self;
    fault->counts.reached[point]++;
    if (fault->trying && fault->left[point] > 0 && --fault->left[point] == 0) {
        fault->counts.died[point]++;
        sim_fault_die(fault);
    }
}

void sim_fault_watch(struct sim_fault *fault)
{
    fault_watch((struct fault_watch){fault, fault == NULL ? NULL : reached});
}

void sim_fault_arm(struct sim_fault *fault, enum fault_point point, uint32_t times)
{
    fault->left[point] = times;
}

void sim_fault_disarm(struct sim_fault *fault)
{
    memset(fault->left, 0, sizeof fault->left);
}

bool sim_fault_try(struct sim_fault *fault, void (*act)(void *context), void *context)
{
    if (setjmp(fault->out) != 0) {
        fault->trying = false;
        return false;
    }
    fault->trying = true;
    act(context);
    fault->trying = false;
    return true;
}

void sim_fault_add(struct sim_fault_counts *sum, const struct sim_fault_counts *counts)
{
    for (int i = 0; i < FAULT_POINT_COUNT; i++) {
        sum->reached[i] += counts->reached[i];
        sum->died[i] += counts->died[i];
    }
}

struct sim_fault_sum sim_fault_sum(const struct sim_fault_counts *counts)
{
    struct sim_fault_sum sum = {.points = (int)sim_fault_points()};
    for (int i = 0; i < FAULT_POINT_COUNT; i++) {
        sum.tried += counts->died[i] > 0;
        sum.deaths += counts->died[i];
    }
    return sum;
}

void sim_fault_say(const struct sim_fault_counts *counts)
{
    for (int i = 0; i < FAULT_POINT_COUNT; i++) {
        if ((fault_infos[i].where & FAULT_IN_SIM) != 0) {
            (void)printf("%-18s reached %10" PRIu64 " times, %7" PRIu64 " deaths\n",
                         fault_infos[i].name, counts->reached[i], counts->died[i]);
        }
    }
}
