/* Loop devices: files of the host that are block devices for as long as somebody holds them open. */
#ifndef LOOPS_H
#define LOOPS_H

#include "plan.h"

/* Attaches every loop of the plan; the kernel detaches each by itself once it is no longer mounted or open. */
int loops_attach(struct plan *plan);

#endif
