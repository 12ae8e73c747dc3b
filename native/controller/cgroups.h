/* Removal of the container's cgroups. */
#ifndef CGROUPS_H
#define CGROUPS_H

#include "xdr.h"

/* Removes each directory with all cgroups below it, whatever the container made there. Complains about what stays. */
void cgroups_remove(const struct strings *directories);

#endif
