/* The plan's operations, one function each. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "init.h"

int operation_perform(struct init *init, const struct operation *operation);

#endif
