/* What is put into a container that runs, and taken out of it. */
#ifndef HOTPLUG_H
#define HOTPLUG_H

#include "netlink.h"
#include "place.h"
#include "tasks.h"

/* TASK_NODE: EEXIST when anything is there. The directory must be one that the container's root may write to. */
int hotplug_node(const struct place *place, const struct task *task);
/* A plan's "attach": the mount is made on the host. */
int hotplug_attach(const struct place *place, struct operation *operation);
/* TASK_REMOVE: a file or a node; what is not there is no failure. */
int hotplug_remove(const struct place *place, const struct task *task);
/* TASK_UNMOUNT: what is mounted at a path last; EINVAL when nothing is, EBUSY when it is in use, unless it is done lazily. */
int hotplug_unmount(const struct place *place, const struct task *task);
/* TASK_LINK_STATE, TASK_REMOVE_LINK, TASK_MOVE_LINK_OUT; `host` is where links are moved to. */
int hotplug_link(const struct place *place, const struct task *task, const struct network *host);

#endif
