/*
 * Where a container with a user namespace finds the mounts of the host stage.
 *
 * What its root may not undo (read-only, nosuid, nodev, a mount that covers another) the kernel locks as it copies a
 * mount namespace into a user namespace that does not own it: so the mounts are put into a namespace of the host's
 * before init is cloned. A mount that is attached nowhere is handed over without a lock.
 */
#ifndef STAGE_H
#define STAGE_H

#include "plan.h"

struct stage {
	/* The controller's own mount namespace and root directory, while it is away; -1: it is not. */
	int namespace, root;
};

/* Moves the controller to a mount namespace of its own, and its mounts to places in it. Without a user namespace: nothing. */
int stage_enter(struct stage *stage, const struct plan *plan);
/* Back to where the controller was. */
int stage_leave(struct stage *stage);
/* In init: has every tree of the plan replaced by a copy of what init's own namespace has in its place. */
int stage_take(const struct plan *plan);

#endif
