/* The host stage: what is done with the host's rights before init exists. */
#ifndef HOST_H
#define HOST_H

#include "plan.h"

/* Joins shared namespaces, attaches loops, makes every host mount of the plan. */
int host_prepare(struct plan *plan);
/* Makes one mount, as its `tree`. */
int host_mount_make(const struct plan *plan, struct host_mount *mount);
/* Closes this process's hold on the mounts, once init has put them into place (loops stay). */
void host_release(struct plan *plan);

#endif
