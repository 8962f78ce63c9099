/* vm_inside.h - what the files of the machine share; nobody else includes it.
 *
 * vm.c runs code; vm_word.c reads the fields of records, events and pages, vm_aggregate.c looks
 * through histories, pattern.c searches sequences; both have vm.c run their tests of a record.
 *
 * Memory:  none of its own.
 * Threads: one owner at a time.
 * Errors:  none.
 */
#ifndef SLUICE_EVAL_VM_INSIDE_H
#define SLUICE_EVAL_VM_INSIDE_H

#include "engine/eval/vm.h"

#define VM_OPEN_CALL_MAX_MS \
    ((int64_t)6 * 3600 * 1000) /* then one without an end is taken for closed */

/* vm_run, with a record that the code looks at. */
int64_t vm_run_on(struct vm *vm, uint32_t code, const struct record *record);
/* The same within code that has set temps: they are seen. */
int64_t vm_run_with(struct vm *vm, uint32_t code, const struct record *record, int64_t *temps);
/* Value of an aggregate over the page's history; since_ms: where a SPAN_SINCE begins. Behind the
 * exact history it leaves vm->loose and vm->least. */
int64_t vm_aggregate(struct vm *vm, const struct aggregate *a, int64_t since_ms, int64_t *temps);
/* A field (enum word) of the event in hand. */
int64_t vm_event_word(const struct vm *vm, int word);
/* A field (enum word) of a record of the page. */
int64_t vm_record_word(const struct vm *vm, int word, const struct record *record);
void vm_add_flags(struct vm *vm, struct vm_flags flags);
/* Into the evidence that is being collected, if any is. */
void vm_note(struct vm *vm, uint8_t stream, const struct record *record);

#endif
