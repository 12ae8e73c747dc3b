/* Init: the process that becomes the container's program. */
#ifndef INIT_H
#define INIT_H

#include "plan.h"

struct init {
	const struct plan *plan;
	/* This end of the channel to the controller. */
	int channel;
	/* Open `tasks` files, as many as the plan lists. */
	const int *tasks;
	/* Descriptors for the program: 4 … 3 + passed in the controller, 3 … 2 + passed in the program. */
	int passed;
	/* The container's root, once it is attached. */
	int root;
	/* A netlink socket, once it is needed; -1 before. */
	int netlink;
	/* The first console, once it is open; -1 before. */
	int terminal;
	bool told_to_go;
};

/* Runs in the cloned process. Reports a failure through the channel and exits; never returns. */
_Noreturn void init_run(struct init *init);
/* Waits for the controller's permission, once. */
int init_await_go(struct init *init);

#endif
