/* Pseudo-terminals: the host's, that users open, and the container's own. */
#ifndef TERMINALS_H
#define TERMINALS_H

#include "init.h"

/* A raw pty of the host; returns its controlling end and its number ("/dev/pts/NUMBER"). */
int terminal_open_host(unsigned int *number);
/* Another descriptor of the user's end of a pty, whatever is mounted where. -1 with errno. */
int terminal_peer(int controlling);
/* In init: opens the consoles of an OP_CONSOLES in the open devpts and sends their controlling ends to the controller. */
int terminals_open(struct init *init, int devpts, const struct operation *operation);

#endif
