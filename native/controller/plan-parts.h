/* Parts of a plan that plan.c and plan-operations.c decode for each other; failures are the reader's `bad`. */
#ifndef PLAN_PARTS_H
#define PLAN_PARTS_H

#include "plan.h"

/* A number below `kinds`. */
uint32_t read_kind(struct reader *r, uint32_t kinds);
struct options read_options(struct reader *r);
/* The plan's loops must have been read: the mount may name one. */
void read_host_mount(struct reader *r, const struct plan *plan, struct host_mount *mount);
void read_program(struct reader *r, struct program *program);
void read_operation(struct reader *r, const struct plan *plan, struct operation *operation);

#endif
