/* Ownership: a variable declared with one of these closes or frees what it owns on every way out of its scope. */
#ifndef CLEANUP_H
#define CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void close_owned(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

/* Ends the variable's ownership: `return take(&fd);` hands it to the caller. */
static inline int take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Gives up an owned descriptor before its scope ends. */
static inline void drop(int *fd)
{
	close_owned(fd);
	*fd = -1;
}

#define OWNED_FD __attribute__((cleanup(close_owned))) int

#endif
