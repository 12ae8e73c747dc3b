/* Steps inside the container: each is done by a child that enters its namespaces and ends. */
#ifndef VISIT_H
#define VISIT_H

#include "place.h"

/* -1 with the failure recorded, 0, or an open descriptor (never 0) that the visitor gets. */
typedef int visit_function(const struct place *place, const void *subject);

/* Has `function` called in the container. Answers what it does: the failure and the descriptor are passed on. */
int visit(const struct place *place, enum rights rights, visit_function *function, const void *subject);

#endif
