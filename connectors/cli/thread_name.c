#include "connectors/cli/thread_name.h"

#include <stdio.h>
#include <sys/prctl.h>

void thread_name_set(const char *what, int number)
{
    char name[THREAD_NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s-%d", what, number);
    (void)prctl(PR_SET_NAME, name, 0, 0, 0); /* pthread_setname_np is no part of POSIX either */
}
