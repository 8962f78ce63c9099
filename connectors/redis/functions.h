/* functions.h - the text of functions.lua, which every Redis server of ours has loaded.
 *
 * Memory:  part of the program.
 * Threads: constant.
 * Errors:  none.
 */
#ifndef SLUICE_CONNECTORS_REDIS_FUNCTIONS_H
#define SLUICE_CONNECTORS_REDIS_FUNCTIONS_H

extern const char redis_functions_text[];
extern const char redis_functions_end[];

#endif
