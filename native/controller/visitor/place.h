/* The container that is visited, by its init. */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>
#include <sys/types.h>

/* The descriptors of every visitor. */
#define DAEMON 3
#define INIT 4

struct place {
	int pidfd;
	pid_t pid;
	/* Init's entry in /proc, and its root directory. */
	int process, root;
	/* Whether it has a user namespace of its own. */
	bool mapped;
};

enum rights {
	/* In the namespaces that the visitor came from. */
	RIGHTS_AT_HOME,
	/* In all namespaces of the container but its user namespace. */
	RIGHTS_OF_HOST,
	/* In all of them, as root of its user namespace if it has one. */
	RIGHTS_OF_GUEST
};

/* Fails with step "init" when init has ended; never is it another process that got its pid. */
int place_open(struct place *place, int pidfd);
/* Takes this process into the container's namespaces; into its pid namespace, this process's children. */
int place_enter(const struct place *place, enum rights rights);

#endif
