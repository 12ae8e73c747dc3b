/* The bytes of a file. */
#ifndef CONTENT_H
#define CONTENT_H

#include <sys/types.h>

/*
 * Copies the first `size` bytes of `from` into the empty file `to`, which gets that size: blocks are shared where they can
 * be, and holes stay holes. A file that grows meanwhile is copied as far as it reached; one that shrinks ends in a hole.
 * Returns -1 with errno.
 */
int content_copy(int from, int to, off_t size);

#endif
