#include "connectors/cli/interrupt.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t seen; /* the signal, 0: none */

static void note(int number)
{
    seen = number;
}

void interrupt_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action;
        struct sigaction before;
        memset(&action, 0, sizeof action);
        action.sa_handler = note;
        action.sa_flags = (int)SA_RESETHAND; /* and no SA_RESTART: a read that waits ends */
        /* Who started us with a signal ignored (nohup) means it. */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            (void)sigaction(numbers[i], &action, NULL);
        }
    }
}

int interrupt_check(struct err *err)
{
    return seen == 0 ? 0 : err_set(err, ERR_OUTSIDE, "interrupted; nothing was written");
}

void interrupt_obey(void)
{
    if (seen != 0) {
        (void)signal((int)seen, SIG_DFL);
        (void)raise((int)seen);
    }
}
