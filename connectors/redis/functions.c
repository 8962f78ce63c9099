#include "connectors/redis/functions.h"

/* The file as it stands; the Makefile names it as what this object depends on. */
__asm__(".section .rodata\n"
        ".global redis_functions_text\n"
        ".global redis_functions_end\n"
        "redis_functions_text:\n"
        ".incbin \"connectors/redis/functions.lua\"\n"
        "redis_functions_end:\n"
        ".byte 0\n"
        ".previous\n");
