/* Freezing, thawing and trimming of file systems, which the kernel lets the host do alone. */
#ifndef FILESYSTEMS_H
#define FILESYSTEMS_H

#include "place.h"
#include "tasks.h"

/* TASK_FREEZE, TASK_THAW, TASK_TRIM; *trimmed is in bytes. EXDEV when another device is there, EPERM when it is the host's, too. */
int filesystem_do(const struct place *place, const struct task *task, uint64_t *trimmed);

#endif
