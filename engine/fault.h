/* fault.h - named places between two steps of recovery where a test lets the process die.
 *
 *     if (store->flush(store->self, &call, err) != 0) {..}
 *     fault_reach(FAULT_CALL_SENT);
 *
 * `SLUICE_FAULT=call_sent:3 sluice run ..` kills itself with SIGKILL when it is there for the third
 * time; the simulator jumps out of the worker instead and throws it away. Only where SLUICE_FAULTS
 * is defined: what is built for tests (build/release/faults/). For all others fault_reach is
 * nothing, and SLUICE_FAULT a setting that is not known.
 *
 * Memory:  none.
 * Threads: fault_reach: any; one count for the whole process. fault_watch, fault_start: before there are others.
 * Errors:  fault_start, fault_arm: -1 with err for a name that is not in fault.def, or a number below 1.
 */
#ifndef SLUICE_FAULT_H
#define SLUICE_FAULT_H

#include "engine/base/err.h"

enum fault_where { FAULT_IN_SIM = 1, FAULT_IN_LIVE = 2, FAULT_IN_BOTH = 3 };

enum fault_point {
#define FAULT_POINT(upper, name, where, sentence) FAULT_##upper,
#include "engine/fault.def"
    FAULT_POINT_COUNT
};

struct fault_info {
    const char *name;
    enum fault_where where;
    const char *sentence;
};
extern const struct fault_info fault_infos[FAULT_POINT_COUNT];

/* Asked at each point; it need not return. */
struct fault_watch {
    void *self;
    void (*reached)(void *self, enum fault_point point);
};
void fault_watch(struct fault_watch watch);
/* The process dies at this point: `name`, or `name:n` for the n-th time. */
int fault_arm(const char *wanted, struct err *err);
void fault_reached(enum fault_point point);
/* Arms what the environment names, if it does, and takes it out of there. */
int fault_arm_by_environment(struct err *err);

#ifdef SLUICE_FAULTS
static inline void fault_reach(enum fault_point point)
{
    fault_reached(point);
}

static inline int fault_start(struct err *err)
{
    return fault_arm_by_environment(err);
}
#else
static inline void fault_reach(enum fault_point point)
{
    (void)point;
}

static inline int fault_start(struct err *err)
{
    (void)err;
    return 0;
}
#endif

#endif
