#include "tasks.h"

#include <errno.h>

#include "failure.h"
#include "plan-parts.h"

static void read_node(struct reader *r, struct task *task)
{
	task->node.path = read_string(r);
	task->node.is_block = read_kind(r, 2) == 1;
	task->node.major = read_u32(r);
	task->node.minor = read_u32(r);
	task->node.mode = read_u32(r) & 0777;
	task->node.uid = read_u32(r);
	task->node.gid = read_u32(r);
}

static void read_filesystem(struct reader *r, struct task *task)
{
	task->filesystem.path = read_string(r);
	task->filesystem.major = read_u32(r);
	task->filesystem.minor = read_u32(r);
	task->filesystem.minimum = task->kind == TASK_TRIM ? read_u64(r) : 0;
}

static void read_own(struct reader *r, struct task *task)
{
	switch ((enum task_kind)task->kind) {
	case TASK_NODE:
		read_node(r, task);
		break;
	case TASK_REMOVE:
		task->path = read_string(r);
		break;
	case TASK_UNMOUNT:
		task->unmount.path = read_string(r);
		task->unmount.lazy = read_bool(r);
		break;
	case TASK_LINK_STATE:
		task->link.name = read_string(r);
		task->link.up = read_bool(r);
		break;
	case TASK_REMOVE_LINK:
		task->link.name = read_string(r);
		break;
	case TASK_MOVE_LINK_OUT:
		task->link.name = read_string(r);
		task->link.rename = read_optional_string(r);
		break;
	case TASK_FREEZE:
	case TASK_THAW:
	case TASK_TRIM:
		read_filesystem(r, task);
		break;
	case TASK_KINDS:
		break;
	}
}

static void read_task(struct reader *r, struct task *task)
{
	/* A list of tasks has no loops: an operation that names one is bad. */
	static const struct plan none;
	struct reader ahead = *r;

	task->kind = read_kind(&ahead, TASK_KINDS);
	if (ahead.bad) {
		r->bad = true;
	} else if (task->kind < OPERATION_KINDS) {
		read_operation(r, &none, &task->operation);
	} else {
		*r = ahead;
		read_own(r, task);
	}
}

int tasks_decode(struct tasks *tasks, struct arena *arena, struct bytes document)
{
	struct reader r = { .at = document.at, .end = document.at + document.length, .arena = arena };

	if (read_u32(&r) != PLAN_VERSION)
		return fail_with("plan", "version", EPROTO);
	tasks->at = read_array(&r, &tasks->count, sizeof *tasks->at);
	for (uint32_t i = 0; i < tasks->count && !r.bad; i++)
		read_task(&r, &tasks->at[i]);
	return r.bad || r.at != r.end ? fail_with("plan", "document", EPROTO) : 0;
}
