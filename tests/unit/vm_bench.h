/* vm_bench.h - one piece of code, run once on a page.
 *
 *     struct program *p = program_new();
 *     uint32_t code = pack_word(p, WORD_AMOUNT, OP_GE, 100);
 *     vm_verified(p);
 *     struct page *page = vm_page();
 *     ck_assert_int_eq(vm_result(p, page, code, T0), 1);
 *
 * Memory:  program and page are the caller's, page_free and program_free.
 * Threads: one.
 * Errors:  a program that does not verify fails the test.
 */
#ifndef SLUICE_UNIT_VM_BENCH_H
#define SLUICE_UNIT_VM_BENCH_H

#include "engine/eval/vm.h"

#define U VALUE_UNKNOWN
#define VM_ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

void vm_verified(struct program *p);
/* A new page of an account. */
struct page *vm_page(void);
/* Result of one piece of code at t on a page, for a payment of 1.00 in hand. */
int64_t vm_result(struct program *p, struct page *page, uint32_t code, int64_t t);
/* A payment to the page. */
struct record *vm_pay(struct page *page, int64_t time_ms, int64_t amount,
                      const struct retention *retention);

#endif
