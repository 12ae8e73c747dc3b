/* A program started in a container. */
#ifndef GUEST_PROGRAM_H
#define GUEST_PROGRAM_H

#include "place.h"
#include "plan.h"

struct execution {
	/* Where it is accounted, as in a plan. */
	struct strings task_files;
	const char *unified_directory;
	struct program program;
	/* What becomes its 0, 1 and 2. */
	int streams[3];
};

/*
 * Starts it as a child of this process; a pidfd of it once it runs. No process that could be told from the outside to
 * be more than the program will be is ever seen in the container:
 *
 *   porter   a child outside of the container's pid namespace, which closes the daemon's connection, looks the user up,
 *            takes the label for what it executes, joins the cgroups, takes after init, enters all namespaces and init's
 *            root, closes everything but the streams and its channel, and gives up what rights the program will not have
 *   program  the porter's clone, born in the pid namespace and child of this process; executes at once. Its memory and
 *            its executable (/proc/PID/exe) are the visitor's until then: nothing of worth in one, a sealed file the other
 */
int guest_program_start(const struct place *place, const struct execution *execution);

#endif
