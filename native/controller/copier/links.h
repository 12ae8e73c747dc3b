/* Files with several names: where the copy of the first lies. */
#ifndef LINKS_H
#define LINKS_H

#include <sys/stat.h>

/* The path of the copy, from the root of the copy; NULL when there is none yet. */
const char *links_find(const struct stat *facts);
/* Remembers a copy. Returns -1 with errno: E2BIG when there are too many to be remembered. */
int links_add(const struct stat *facts, const char *path);
/* Gives an open file another name. Returns -1 with errno. */
int links_link(int file, int directory, const char *name);

#endif
