/* What /proc tells of the agent's process. */
#ifndef TESTS_AGENT_PROCESS_H
#define TESTS_AGENT_PROCESS_H

#include "tests/agent_under_test.h"

/* The number behind "VmRSS:" or another name in the process's file of this name; -1: none. */
long agent_figure(const struct agent *agent, const char *file, const char *name);
/* Of its memory in KiB: now, and at its peak. */
long agent_resident_kib(const struct agent *agent);
long agent_peak_kib(const struct agent *agent);
/* How many descriptors it has open. */
unsigned int agent_descriptors(const struct agent *agent);

#endif
