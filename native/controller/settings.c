#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"

#define NODE_LIMIT 1024
#define WORD_BITS (8 * sizeof(unsigned long))

int settings_rlimit(uint32_t resource, uint64_t soft, uint64_t hard)
{
	char name[16];
	struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };

	snprintf(name, sizeof name, "%u", resource);
	return setrlimit((int)resource, &limit) ? fail("rlimit", name) : 0;
}

int settings_affinity(const uint32_t *cpus, uint32_t count)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (uint32_t i = 0; i < count; i++) {
		if (cpus[i] >= CPU_SETSIZE)
			return fail_with("affinity", "", EINVAL);
		CPU_SET(cpus[i], &set);
	}
	return sched_setaffinity(0, sizeof set, &set) ? fail("affinity", "") : 0;
}

int settings_mempolicy(uint32_t mode, const uint32_t *nodes, uint32_t count)
{
	unsigned long mask[NODE_LIMIT / WORD_BITS] = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		if (nodes[i] >= NODE_LIMIT)
			return fail_with("mempolicy", "", EINVAL);
		mask[nodes[i] / WORD_BITS] |= 1ul << nodes[i] % WORD_BITS;
	}
	return syscall(SYS_set_mempolicy, mode, mask, NODE_LIMIT) ? fail("mempolicy", "") : 0;
}

int settings_personality(uint32_t persona)
{
	return personality(persona) < 0 ? fail("personality", "") : 0;
}

int settings_oom_score(int32_t adjustment)
{
	static const char path[] = "/proc/self/oom_score_adj";
	OWNED_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || dprintf(fd, "%d", adjustment) < 0 ? fail("oom-score", path) : 0;
}
