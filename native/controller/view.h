/*
 * Shows /proc/meminfo with the container's figures: a filesystem in user space whose root is that one file.
 *
 * Nothing is kept for those who have it open, who may be many: an answer takes as long as reading a few files of the
 * cgroup takes, and is used again for a moment. When the controller is gone the kernel ends all that waits for it.
 */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"

/* Requests that are answered in a row, and the pause after so many, in ms: a container asks as often as it likes. */
#define VIEW_BURST 16
#define VIEW_PAUSE 5

struct view {
	const struct memory_view *memory;
	int device; /* -1: there is none */
	/* Milliseconds, monotonic: when the text was made; no request is read before `resumes`. */
	uint64_t made, resumes;
	uint32_t length;
};

/* In the host stage: makes the plan's view, attached nowhere. A host that cannot says so in the log, and that is all. */
void view_open(struct view *view, struct plan *plan);
/* In init: puts it over the container's file. */
int view_attach(const struct plan *plan, int root);
/* Answers what has come. False: there may be more, to be read from `resumes` on. */
bool view_serve(struct view *view, uint64_t now);

#endif
