#include "tests/unit/vm_bench.h"

#include "tests/unit/small_event.h"

#include <check.h>

void vm_verified(struct program *p)
{
    struct err err;
    ck_assert_msg(program_verify(p, &err) == 0, "%s", err.text);
}

struct page *vm_page(void)
{
    struct token token = {{0xaa, 1}};
    return page_new(&token, ENTITY_ACCOUNT);
}

int64_t vm_result(struct program *p, struct page *page, uint32_t code, int64_t t)
{
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, t);
    int64_t carried[PROGRAM_CARRIED_MAX];
    for (int i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        carried[i] = U;
    }
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, t, carried);
    int64_t value = vm_run(&vm, code);
    vm_fini(&vm);
    return value;
}

struct record *vm_pay(struct page *page, int64_t time_ms, int64_t amount,
                      const struct retention *retention)
{
    struct record draft = {.time_ms = time_ms, .value = amount, .member = RECORD_MEMBER_NONE};
    return page_add_record(page, STREAM_PAYMENT_IN, &draft, NULL, retention);
}
