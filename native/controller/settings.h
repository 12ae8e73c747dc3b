/* What a process passes on to the programs it executes: limits, CPUs, memory nodes, personality. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdint.h>

int settings_rlimit(uint32_t resource, uint64_t soft, uint64_t hard);
int settings_affinity(const uint32_t *cpus, uint32_t count);
int settings_mempolicy(uint32_t mode, const uint32_t *nodes, uint32_t count);
int settings_personality(uint32_t persona);
/* Through the /proc of the host, whose root this process must still be in. */
int settings_oom_score(int32_t adjustment);

#endif
