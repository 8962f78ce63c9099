#include "tests/unit/stepped.h"

struct step_limits stepped_limits(void)
{
    struct step_limits made = {.lateness_ms = LATENESS};
    retention_defaults(&made.retention);
    return made;
}

struct page *stepped_take(struct page *page, struct event event, int leg, struct step_taken *taken)
{
    struct step_limits bounds = stepped_limits();
    page = page == NULL ? step_new_page(&event, leg) : page;
    step_take(page, &event, leg, &bounds, taken);
    return page;
}
