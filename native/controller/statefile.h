/* Small files of the daemon's run directory. */
#ifndef STATEFILE_H
#define STATEFILE_H

/* Replaces `path` (0600) at once: a reader sees the old text, the new one, or no file. */
int statefile_write(const char *path, const char *text);

#endif
