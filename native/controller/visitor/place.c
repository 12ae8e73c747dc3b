#include "syscalls.h"
#include "place.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>

#include "failure.h"
#include "spawn.h"

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)

static int compare_users(struct place *place)
{
	struct stat theirs, ours;

	if (fstatat(place->process, "ns/user", &theirs, 0) || stat("/proc/self/ns/user", &ours))
		return fail("init", "user namespace");
	place->mapped = theirs.st_ino != ours.st_ino;
	return 0;
}

int place_open(struct place *place, int pidfd)
{
	char path[32];

	*place = (struct place){ .pidfd = pidfd, .process = -1, .root = -1 };
	place->pid = spawn_pid_of(pidfd);
	if (place->pid <= 0)
		return fail("init", "");
	snprintf(path, sizeof path, "/proc/%d", place->pid);
	place->process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place->process < 0)
		return fail("init", path);
	place->root = openat(place->process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place->root < 0 || compare_users(place))
		return fail("init", path);
	/* Not before: as long as it can be signalled, its number has been no other's. */
	return sys_pidfd_send_signal(pidfd, 0) ? fail("init", path) : 0;
}

int place_enter(const struct place *place, enum rights rights)
{
	bool become_root = place->mapped && rights == RIGHTS_OF_GUEST;

	if (rights == RIGHTS_AT_HOME)
		return 0;
	/* All at once or none, and of that very process. */
	if (sys_setns(place->pidfd, NAMESPACES | (become_root ? CLONE_NEWUSER : 0)))
		return fail("setns", "");
	if (!become_root)
		return 0;
	return setgroups(0, NULL) || setresgid(0, 0, 0) || setresuid(0, 0, 0) ? fail("setuid", "") : 0;
}
