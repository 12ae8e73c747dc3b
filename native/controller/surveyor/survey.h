/*
 * The report on a name: an errno, and if that is 0
 *   mode, uid, gid (uint), size, blocks of 512 bytes (uhyper); when it was accessed, modified, changed and born, in
 *   nanoseconds since the epoch (hyper; the least or the most there is for what does not fit); a count of pieces, and that
 *   many of them as bytes
 * There are pieces of ordinary files that have changed since the daemon knows them, and of nothing else.
 */
#ifndef SURVEY_H
#define SURVEY_H

#include <limits.h>
#include <sys/types.h>

#include "../xdr.h"

/* The descriptor of what the names are in. */
#define DIRECTORY 4

#define PIECES_MAX 4
/* Of all pieces of one file. */
#define PIECES_SIZE 8192
#define FACTS_SIZE 128
#define REPORT_SIZE (FACTS_SIZE + PIECES_SIZE + 8 * PIECES_MAX)

struct piece {
	off_t offset;
	size_t length;
};

struct pieces {
	uint32_t count;
	struct piece at[PIECES_MAX];
};

struct entry {
	char name[NAME_MAX + 1];
	/* What the directory says that it is (d_type). */
	uint32_t kind;
	/* When, in nanoseconds since the epoch; the least there is for a file that the daemon does not know. */
	int64_t changed;
};

/* Writes the report on a name; there are REPORT_SIZE bytes of room. */
void survey(const struct entry *entry, const struct pieces *pieces, struct writer *w);

#endif
