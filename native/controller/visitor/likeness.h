/* What programs inherit from init, apart from rights: resource limits, CPUs, niceness, OOM score, personality. */
#ifndef LIKENESS_H
#define LIKENESS_H

#include "place.h"

/* Makes this process like init. With the host's rights and /proc, and not before the cgroup, whose CPUs init may have. */
int likeness_assume(const struct place *place);

#endif
