/*
 * What a visitor is asked to do: the plan's operations, and those that only a running container needs. The numbers go on
 * where the plan's end. The other side: native/guest/operations.ts.
 */
#ifndef TASKS_H
#define TASKS_H

#include "plan.h"

enum task_kind {
	TASK_NODE = OPERATION_KINDS,
	TASK_REMOVE,
	TASK_UNMOUNT,
	TASK_LINK_STATE,
	TASK_REMOVE_LINK,
	TASK_MOVE_LINK_OUT,
	TASK_FREEZE,
	TASK_THAW,
	TASK_TRIM,
	TASK_KINDS
};

struct task {
	/* An operation_kind or a task_kind. */
	uint32_t kind;
	union {
		struct operation operation;
		struct {
			const char *path;
			bool is_block;
			uint32_t major, minor;
			mode_t mode;
			/* The host's. */
			uid_t uid;
			gid_t gid;
		} node;
		/* TASK_REMOVE */
		const char *path;
		/* TASK_UNMOUNT */
		struct {
			const char *path;
			bool lazy;
		} unmount;
		struct {
			const char *name, *rename;
			bool up;
		} link;
		/* TASK_FREEZE, TASK_THAW, TASK_TRIM */
		struct {
			const char *path;
			uint32_t major, minor;
			uint64_t minimum;
		} filesystem;
	};
};

struct tasks {
	uint32_t count;
	struct task *at;
};

/* Fails with step "plan" on anything that is no list of tasks. */
int tasks_decode(struct tasks *tasks, struct arena *arena, struct bytes document);

#endif
