/* Files that are replaced as a whole, or not at all. */
#ifndef REPLACE_H
#define REPLACE_H

#include <sys/types.h>

#include "handles.h"

struct ownership {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/*
 * Makes a temporary file beside the file that `path` leads to, as `handle`. It gets mode and owner of that file, or those
 * given where there is none. `firm` as in lookup_final. EINVAL when anything but a regular file is there.
 */
int replace_begin(int root, const char *path, uint32_t firm, const struct ownership *ownership, struct handle *handle);
/* Writes it to disk and puts it into place. The handle is closed, whatever comes of it. */
int replace_finish(struct handle *handle);

#endif
