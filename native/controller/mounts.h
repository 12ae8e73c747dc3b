/* Mounts by descriptor: each is made attached nowhere, and then put at a place that is held open. */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"

/* A new instance of a filesystem. `path` is for the record. */
int mount_new(const char *type, const char *source, const struct options *options, uint32_t attributes, const char *path);
/* A copy of the mount at directory/path, never a peer of it: what happens in the copy does not come back. */
int mount_copy(int directory, const char *path, bool recursive, uint32_t attributes, const char *step);
/* Adds attributes to an open mount. */
int mount_restrict(int tree, bool recursive, uint32_t attributes, const char *step, const char *path);
/* Puts `tree` at the open place `target`. */
int mount_attach(int tree, int target, const char *path);
/* Puts `tree` at `path` below `root`; a missing place is made, as a directory or a file like the tree. */
int mount_attach_at(int tree, int root, const char *path);

#endif
