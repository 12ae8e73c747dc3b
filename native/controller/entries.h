/* Fills a filesystem that nobody else has seen yet: device nodes, directories, links, files. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "plan.h"

int entries_make(int tree, const struct plan *plan, const struct host_mount *mount);

#endif
