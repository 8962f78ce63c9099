/* redis_elsewhere.h - what a server of a Cluster says that does not execute a call.
 *
 * "MOVED 3999 10.0.0.8:6379": not here; REDIS_MOVED.
 *
 * Memory:  plain values.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_CONNECTORS_REDIS_ELSEWHERE_H
#define SLUICE_CONNECTORS_REDIS_ELSEWHERE_H

enum redis_elsewhere {
    REDIS_HERE,        /* it is none of these */
    REDIS_MOVED,       /* at another server, for ever */
    REDIS_ASK,         /* at another server for this once, after ASKING */
    REDIS_TRYAGAIN,    /* the keys are on their way, some here, some there */
    REDIS_CLUSTERDOWN, /* nobody has the slot for the moment */
    REDIS_ELSEWHERE_COUNT,
};

#endif
