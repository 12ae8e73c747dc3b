/* /proc/meminfo as a container should see it: its memory is what its cgroup may have. */
#ifndef MEMINFO_H
#define MEMINFO_H

#include <stddef.h>

#include "plan.h"

#define MEMINFO_SIZE 4096

/* Writes the text; returns its length, or 0 when the host does not tell. Of a cgroup that does not tell it is the host's. */
size_t meminfo_compose(char text[MEMINFO_SIZE], const struct memory_view *view);

#endif
