/* What an entry has beside its content. */
#ifndef ATTRIBUTES_H
#define ATTRIBUTES_H

#include <sys/stat.h>

/* Gives `to` the owner, extended attributes, mode and times of `from`; both are descriptors of any kind. `path` is for messages. */
int attributes_copy(int from, const struct stat *facts, int to, const char *path);

#endif
