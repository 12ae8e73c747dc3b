/*
 * What the root of a container with a user namespace must not undo: that a mount is read-only, nosuid, nodev, or covers
 * another. The kernel locks it as it copies a mount namespace into a user namespace that does not own it (see stage.h).
 */
#ifndef LOCK_H
#define LOCK_H

#include "place.h"

/* A copy of a detached mount, locked for the container; without a user namespace, the mount again. */
int lock_tree(const struct place *place, int tree);

#endif
