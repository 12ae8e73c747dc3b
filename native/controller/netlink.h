/* The container's side of its network, by rtnetlink: links by name, addresses, routes. */
#ifndef NETLINK_H
#define NETLINK_H

#include "plan.h"

/* A socket of the network namespace that this process is in. */
int netlink_open(void);
/* Renames, sets MTU and addresses, brings it up. */
int netlink_link(int socket, const struct link *link);
int netlink_route(int socket, const struct route *route);

#endif
