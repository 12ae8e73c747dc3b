/* Makes processes: the controller itself, and init. */
#ifndef SPAWN_H
#define SPAWN_H

#include "plan.h"

struct spawned {
	int pidfd;
	/* As the host sees it. */
	pid_t pid;
	/* The controller's end of the channel to init. */
	int channel;
};

/*
 * Leaves the process that the daemon spawned, so that nobody has to reap the controller, and goes on in a session and a
 * pid namespace of its own: when the controller ends, however it ends, the kernel kills everything in that namespace
 * and so the container below it. The original process exits; this returns in the new one.
 */
int spawn_detached(void);
/* This process's pid on the host. */
pid_t spawn_own_pid(void);
/* The pid of the process behind `pidfd`, if it is there. */
pid_t spawn_pid_of(int pidfd);
/* Clones init into its namespaces and cgroup, with its id maps written. */
int spawn_init(const struct plan *plan, int passed, struct spawned *spawned);

#endif
