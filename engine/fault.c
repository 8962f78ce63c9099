#include "engine/fault.h"

#include "engine/base/str.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "SLUICE_FAULT"
#define TIMES_MAX 1000000

const struct fault_info fault_infos[FAULT_POINT_COUNT] = {
#define FAULT_POINT(upper, name, where, sentence) {#name, FAULT_IN_##where, sentence},
#include "engine/fault.def"
};

static struct fault_watch watch;
static enum fault_point armed;
static atomic_long
    left; /* times until the armed point kills; relaxed: nothing else depends on it */

void fault_watch(struct fault_watch asked)
{
    watch = asked;
}

void fault_reached(enum fault_point point)
{
    if (watch.reached != NULL) {
        watch.reached(watch.self, point);
    }
}

/* The word is there before the process is not: whoever waits for its death knows that it is this
 * one. */
static void die(void *self, enum fault_point point)
{
    (void)self;
    if (point == armed && atomic_fetch_sub_explicit(&left, 1, memory_order_relaxed) == 1) {
        (void)fprintf(stderr, "sluice: fault point %s: killed\n", fault_infos[point].name);
        (void)kill(getpid(), SIGKILL);
    }
}

static int find_point(struct str name, enum fault_point *point, struct err *err)
{
    for (int i = 0; i < FAULT_POINT_COUNT; i++) {
        if (str_eq_text(name, fault_infos[i].name)) {
            *point = (enum fault_point)i;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE,
                   "environment: " VARIABLE "=%.*s names no fault point; engine/fault.def lists "
                   "them",
                   (int)name.len, name.at);
}

int fault_arm(const char *wanted, struct err *err)
{
    struct str name = {wanted, strcspn(wanted, ":")};
    long times = 1;
    if (find_point(name, &armed, err) != 0) {
        return -1;
    }
    if (wanted[name.len] == ':') {
        char *end = NULL;
        times = strtol(wanted + name.len + 1, &end, 10);
        if (*end != '\0' || times < 1 || times > TIMES_MAX) {
            return err_set(err, ERR_USAGE,
                           "environment: " VARIABLE "=%s: behind the colon stands the time that "
                           "counts, 1 to %d",
                           wanted, TIMES_MAX);
        }
    }
    atomic_store_explicit(&left, times, memory_order_relaxed);
    fault_watch((struct fault_watch){NULL, die});
    return 0;
}

int fault_arm_by_environment(struct err *err)
{
    const char *wanted = getenv(VARIABLE);
    if (wanted == NULL) {
        return 0;
    }
    int result = fault_arm(wanted, err);
    (void)unsetenv(VARIABLE); /* it is no setting */
    return result;
}
