/* intake.h - an ingest with a directory of its own, and records for it.
 *
 *     struct intake intake;
 *     intake_open(&intake, "CNY");
 *     intake_take(&intake, PAY, NOON);                          intake.event is what became of it
 *     ck_assert_str_eq(intake_ends(&intake.event),
 *                      "6222*******0011 of stand-in, 6217*******0022 of stand-in");
 *     intake_close(&intake);
 *
 * Memory:  owns ingest and directory until intake_close; the text of intake_ends is static.
 * Threads: one.
 * Errors:  -1 for what is refused, intake.why says why.
 */
#ifndef SLUICE_UNIT_INTAKE_H
#define SLUICE_UNIT_INTAKE_H

#include "engine/base/caltime.h"
#include "engine/ingest/ingest.h"

#define NOON INT64_C(1772416800000) /* 2026-03-02T10:00:00+08:00 */
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS CALTIME_DAY_MS

/* Records, with ' for "; what begins one ends with a comma. */
#define PAYMENT \
    "{'type':'transaction','phase':'posted','id':'p','time':1772416800000,'currency':'CNY',"
#define PAY                                                     \
    PAYMENT "'amount':5,'payer':{'account':'622200000000011'}," \
            "'payee':{'account':'621700000000022'}}"
#define CALL                                                                               \
    "{'type':'call','phase':'start','id':'c','time':1772416800000,'caller':'12012345678'," \
    "'callee':'+86 120-7123-4567'}"
#define DIRECTORY(type, time) "{'type':'" type "','id':'b','time':" time ","
#define BIND(time, person) \
    DIRECTORY("binding", time) "'account':'622200000000011','person':" person "}"
#define CALLEE(text) \
    "{'type':'call','phase':'start','id':'c','time':1772416800000,'callee':'" text "'}"
#define LIST(text) \
    "{'type':'listing','id':'x','time':1772416800000,'list':'l','action':'add','entity':'" text "'}"

/* An ingest with a directory of its own. */
struct intake {
    struct number_kinds *kinds;
    struct directory *directory;
    struct ingest *in;
    struct event event;
    struct refusal why;
};

void intake_open(struct intake *intake, const char *currency);
void intake_close(struct intake *intake);
int intake_take_bytes(struct intake *intake, struct str bytes, int64_t stamp_ms);
/* Records are written with ' for ", which would need a backslash each. */
int intake_take(struct intake *intake, const char *record, int64_t stamp_ms);
/* The token of a name under the key of the demonstration. */
struct token intake_token(enum entity_kind kind, const char *text);
/* Both ends of an event as text: masks, holders, kinds, regions, things. */
const char *intake_ends(const struct event *event);
/* What was read is what was taken and what was refused. */
bool intake_adds_up(const struct ingest_counts *counts);

#endif
