/* vm_inside.h - what the files of the machine share; nobody else includes it.
 *
 * vm.c runs code over fields and histories, pattern.c searches sequences and has it run their
 * tests.
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
/* A field (enum word) of a record of the page. */
int64_t vm_record_word(const struct vm *vm, int word, const struct record *record);
/* Into the evidence that is being collected, if any is. */
void vm_note(struct vm *vm, uint8_t stream, const struct record *record);

#endif
