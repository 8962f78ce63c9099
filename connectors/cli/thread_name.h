/* thread_name.h - what a thread is called, so that `top -H` and /proc say which worker uses the
 * CPU.
 *
 *     thread_name_set("engine", 0);      in the thread itself: "engine-0"
 *
 * Memory:  none.
 * Threads: names the one that calls.
 * Errors:  none; a name is cut to the 15 bytes that Linux keeps.
 */
#ifndef SLUICE_CLI_THREAD_NAME_H
#define SLUICE_CLI_THREAD_NAME_H

#define THREAD_NAME_BYTES 16

void thread_name_set(const char *what, int number);

#endif
