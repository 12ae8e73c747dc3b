/*
 * Paths below a root that its owner controls. No symlink, "..", or magic link in such a tree leads out of it, also not
 * while the owner rearranges it: lookups are openat2(RESOLVE_IN_ROOT), and what is made is made by its last name in a
 * directory that is held open.
 */
#ifndef ROOTED_H
#define ROOTED_H

#include <sys/types.h>

/* Opens what is there. -1 with errno, nothing recorded: "nothing there" is no failure for everyone. */
int rooted_open(int root, const char *path, int flags);
/* The open directory that `path`'s last name is in, made if missing (0755); *name points into `path`. `step` is for the record. */
int rooted_parent(int root, const char *path, const char **name, const char *step);
/* The open directory `path`, made with its parents if missing. */
int rooted_directory(int root, const char *path, mode_t mode, const char *step);
/* The open file `path`, made empty (0644) if nothing is there. O_PATH. */
int rooted_file(int root, const char *path, const char *step);
/*
 * For a process that is about to leave the root in which /proc is its own and the host's: keeps what the next function
 * needs of it, for itself and not for its children.
 */
int rooted_keep_proc(void);
/* Opens for `flags` what an O_PATH descriptor names. -1 with errno, nothing recorded. */
int rooted_reopen(int place, int flags);
/* Opens an existing regular file for `flags` (O_RDONLY, O_WRONLY | O_TRUNC); never a device or a FIFO. Records its failure. */
int rooted_regular(int root, const char *path, int flags, const char *step);

#endif
