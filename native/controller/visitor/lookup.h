/* Lookups in init's root that make nothing. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The open directory (O_PATH) that the last name of `path` is in; *name points into `path`. -1 with errno, EINVAL when the
 * last name is none that a file could have.
 */
int lookup_parent(int root, const char *path, const char **name);

struct found {
	/* O_PATH */
	int directory;
	char name[NAME_MAX + 1];
};

/*
 * As lookup_parent, of what a chain of symlinks at `path` ends in; that need not be there. The last `firm` names are those
 * of somebody who is less than root: a symlink at one of them is not followed. ELOOP, or it is what is found.
 */
int lookup_final(int root, const char *path, uint32_t firm, struct found *found);

/* Opens a regular file or a FIFO, never waiting; O_CREAT makes a new file (0666 by umask) where nothing is. EPERM: a device. ELOOP: a symlink at one of the last `firm` names. Records its failure. */
int lookup_open(int root, const char *path, uint32_t firm, int flags);

#endif
