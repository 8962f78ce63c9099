#include "engine/outbox.h"

#include "engine/base/must.h"

void outbox_begin_visit(struct visit *visit, uint32_t source, uint64_t number)
{
    int leg = event_next_leg(&visit->event, -1);
    must(leg < LEG_COUNT);
    visit->source = source;
    visit->place = (struct place){.lsn = number};
    visit->leg = (uint8_t)leg;
    visit->carried_pack = 0;
    visit->carried_loose = 0;
    for (unsigned i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        visit->carried[i] = VALUE_UNKNOWN;
    }
}
