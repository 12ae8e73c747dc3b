#include "syscalls.h"
#include "likeness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "cleanup.h"
#include "failure.h"
#include "settings.h"

#define CPU_BYTES 1024

/* Whose right to have more of something has been taken from the daemon: what it has must do. */
static bool is_withheld(void)
{
	return errno == EPERM || errno == EACCES;
}

static int copy_limits(pid_t init)
{
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit;

		if (prlimit(init, resource, NULL, &limit))
			return fail("rlimit", "init");
		if (setrlimit(resource, &limit) && !is_withheld())
			return fail("rlimit", "");
	}
	return 0;
}

static int copy_cpus(pid_t init)
{
	unsigned long set[CPU_BYTES / sizeof(unsigned long)] = { 0 };
	long size = syscall(SYS_sched_getaffinity, init, sizeof set, set);

	return size < 0 || syscall(SYS_sched_setaffinity, 0, size, set) < 0 ? fail("affinity", "") : 0;
}

static int copy_niceness(pid_t init)
{
	int niceness;

	errno = 0;
	niceness = getpriority(PRIO_PROCESS, (id_t)init);
	if (errno)
		return fail("nice", "init");
	return setpriority(PRIO_PROCESS, 0, niceness) && !is_withheld() ? fail("nice", "") : 0;
}

/* The number in a file of init's entry in /proc. */
static int read_number(const struct place *place, const char *name, int base, long *number)
{
	char text[32];
	OWNED_FD fd = openat(place->process, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (length < 0)
		return fail("init", name);
	text[length] = '\0';
	*number = strtol(text, NULL, base);
	return 0;
}

int likeness_assume(const struct place *place)
{
	long score, persona;

	if (read_number(place, "oom_score_adj", 10, &score) || read_number(place, "personality", 16, &persona))
		return -1;
	if ((settings_oom_score((int32_t)score) && !is_withheld()) || settings_personality((uint32_t)persona))
		return -1;
	if (copy_cpus(place->pid) || copy_niceness(place->pid) || copy_limits(place->pid))
		return -1;
	/* All of that was init's, if its pid still is. */
	return sys_pidfd_send_signal(place->pidfd, 0) ? fail("init", "") : 0;
}
