/* Time: of the world for people, and since the boot for what is due. Milliseconds. */
#ifndef INTENT_CLOCK_H
#define INTENT_CLOCK_H

#include <stdint.h>

int64_t intent_epoch(void);    /* CLOCK_REALTIME */
int64_t intent_clock(void);    /* CLOCK_BOOTTIME: it goes on while the machine sleeps */
int64_t intent_clock_us(void); /* CLOCK_MONOTONIC in microseconds: how long something takes */

#endif
