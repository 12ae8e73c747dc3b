/* The container's side of its network, by rtnetlink: links by name, addresses, routes. */
#ifndef NETLINK_H
#define NETLINK_H

#include "plan.h"

/* A socket of the network namespace that this process is in. */
int netlink_open(void);
/* Renames, sets MTU and addresses, brings it up. */
int netlink_link(int socket, const struct link *link);
/* Brings a link up or down. */
int netlink_state(int socket, const char *name, bool up);
int netlink_remove(int socket, const char *name);
struct network {
	/* The namespace, and a netlink socket of it. */
	int namespace, socket;
};

/* Gives a link to another network as `rename` (NULL keeps its name). EEXIST when that name is taken there. */
int netlink_move(int socket, const char *name, const struct network *to, const char *rename);
int netlink_route(int socket, const struct route *route);

#endif
