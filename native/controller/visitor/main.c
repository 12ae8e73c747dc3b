/*
 * lxvirt-visitor: does things in a container that runs. Like the controller it decides nothing; each process is told
 * once what it is for, and ends with the connection to the daemon.
 *
 *   lxvirt-visitor perform   a list of operations, in order, with the host's rights or the container's (perform.c)
 *   lxvirt-visitor files     a session: files of the container, with the rights of its root (files.c)
 *   lxvirt-visitor execute   a program in the container, with the rights of its init (execute.c)
 *   0, 1, 2  /dev/null    3  a connected stream socket to the daemon    4  a pidfd of the container's init
 *   5, 6, 7  execute: the program's standard streams
 *
 * The container's programs are hostile. None of them sees this process, which stays outside of their pid namespace.
 * Every path is resolved below init's root. What may be done with the container's rights is done with these; so what
 * its root could not do, it cannot have done by moving things about while a path is looked up.
 */
#include "syscalls.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "execute.h"
#include "failure.h"
#include "files.h"
#include "perform.h"

#define FIRST_FREE 5
#define STREAM_COUNT 3

struct purpose {
	const char *name;
	unsigned int first_free; /* the descriptors from here on are nobody's */
	int (*serve)(void);
};

static const struct purpose purposes[] = {
	{ "perform", FIRST_FREE, perform_serve },
	{ "files", FIRST_FREE, files_serve },
	{ "execute", FIRST_FREE + STREAM_COUNT, execute_serve },
};

/* Nothing of the daemon's but what was handed over; and nobody looks into this process's memory. */
static int leave_daemon(const struct purpose *purpose)
{
	umask(0);
	if (prctl(PR_SET_NAME, "lxvirt-visitor", 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return fail("prctl", "");
	if (chdir("/"))
		return fail("chdir", "/");
	return sys_close_range(purpose->first_free, ~0u, 0) ? fail("files", "") : 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof purposes / sizeof *purposes; i++)
		if (!strcmp(argv[1], purposes[i].name))
			return leave_daemon(&purposes[i]) || purposes[i].serve() ? 1 : 0;
	complain("usage:", "lxvirt-visitor PURPOSE", 0);
	return 2;
}
