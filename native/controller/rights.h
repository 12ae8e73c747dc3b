/* The rights that the container's program starts with: ids, capabilities, seccomp. */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <stdint.h>

#include "plan.h"
#include "users.h"
#include "xdr.h"

/* Takes what is not in `keep` out of the bounding set. Needs CAP_SETPCAP: before anything else here. */
int rights_bound(uint64_t keep);
/* Loads a filter program; without no_new_privs this needs CAP_SYS_ADMIN: before rights_limit. */
int rights_filter(struct bytes program);
int rights_assume(const struct identity *identity);
/* Limits permitted and effective to `keep`, empties inheritable and ambient. */
int rights_limit(uint64_t keep);
/* All of these, as a program starts with. */
int rights_give_up(const struct program *program, const struct identity *identity);

#endif
