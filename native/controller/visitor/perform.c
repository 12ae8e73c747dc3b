#include "perform.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "answer.h"
#include "cleanup.h"
#include "failure.h"
#include "filesystems.h"
#include "hotplug.h"
#include "messages.h"
#include "netlink.h"
#include "operations.h"
#include "visit.h"

static int perform_operation(const struct place *place, const void *subject)
{
	struct init init = { .root = place->root, .channel = -1, .netlink = -1, .terminal = -1 };

	return operation_perform(&init, subject);
}

/* A container that has the host's network must not have it changed through this door. */
static int open_host_network(const struct place *place)
{
	struct stat ours, theirs;
	OWNED_FD host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (host < 0 || fstat(host, &ours) || fstatat(place->process, "ns/net", &theirs, 0))
		return fail("network", "");
	return ours.st_ino == theirs.st_ino ? fail_with("network", "", EPERM) : take(&host);
}

static int perform_on_network(const struct place *place, struct task *task)
{
	OWNED_FD namespace = open_host_network(place);
	OWNED_FD socket = namespace < 0 ? -1 : netlink_open();
	const struct network host = { namespace, socket };

	if (socket < 0)
		return -1;
	if (task->kind >= OPERATION_KINDS)
		return hotplug_link(place, task, &host);
	return visit(place, RIGHTS_OF_HOST, perform_operation, &task->operation);
}

static int perform_task(const struct place *place, struct task *task, uint64_t *number)
{
	switch (task->kind) {
	case OP_MKDIR:
	case OP_SYMLINK:
	case OP_TOUCH:
	case OP_WRITE:
	case OP_BIND:
	case OP_ATTRIBUTES:
		return visit(place, RIGHTS_OF_GUEST, perform_operation, &task->operation);
	case OP_ATTACH:
		return hotplug_attach(place, &task->operation);
	case OP_LINK:
	case OP_ROUTE:
	case TASK_LINK_STATE:
	case TASK_REMOVE_LINK:
	case TASK_MOVE_LINK_OUT:
		return perform_on_network(place, task);
	case TASK_NODE:
		return hotplug_node(place, task);
	case TASK_REMOVE:
		return hotplug_remove(place, task);
	case TASK_UNMOUNT:
		return hotplug_unmount(place, task);
	case TASK_FREEZE:
	case TASK_THAW:
	case TASK_TRIM:
		return filesystem_do(place, task, number);
	default:
		/* The rest is init's alone: a proc that is mounted here would be the host's. */
		return fail_with("plan", "operation", EINVAL);
	}
}

static int perform_all(uint64_t *number)
{
	struct place place;
	struct arena arena;
	struct tasks tasks;
	struct bytes document;

	if (arena_open(&arena) || message_receive_plan(DAEMON, &arena, &document) || tasks_decode(&tasks, &arena, document))
		return -1;
	if (place_open(&place, INIT))
		return -1;
	for (uint32_t i = 0; i < tasks.count; i++)
		if (perform_task(&place, &tasks.at[i], number))
			return -1;
	return 0;
}

int perform_serve(void)
{
	uint8_t buffer[64];
	struct writer w = answer_begin(buffer, sizeof buffer);
	uint64_t number = 0;

	if (perform_all(&number))
		return answer_failed();
	write_u64(&w, number);
	return answer_send(buffer, &w);
}
