#include "host.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>

#include "cleanup.h"
#include "entries.h"
#include "failure.h"
#include "loops.h"
#include "mounts.h"

static int join(const struct join *namespace)
{
	OWNED_FD fd = open(namespace->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || setns(fd, (int)namespace->kind) ? fail("setns", namespace->path) : 0;
}

static int make_filesystem(const struct plan *plan, struct host_mount *mount)
{
	char device[32];
	const char *source = mount->source;

	if (mount->source_is_loop) {
		snprintf(device, sizeof device, "/dev/loop%d", plan->loops[mount->source_loop].number);
		source = device;
	}
	mount->tree = mount_new(mount->type, source, &mount->options, 0, source ? source : mount->type);
	if (mount->tree < 0 || entries_make(mount->tree, plan, mount))
		return -1;
	/* Not before: a read-only mount takes no entries. */
	return mount_restrict(mount->tree, false, mount->attributes, "mount", mount->type);
}

int host_mount_make(const struct plan *plan, struct host_mount *mount)
{
	if (mount->from == FROM_FILESYSTEM)
		return make_filesystem(plan, mount);
	mount->tree = mount_copy(AT_FDCWD, mount->path, mount->recursive, 0, "source");
	if (mount->tree < 0 || entries_make(mount->tree, plan, mount))
		return -1;
	return mount_restrict(mount->tree, mount->recursive, mount->attributes, "bind", mount->path);
}

int host_prepare(struct plan *plan)
{
	for (uint32_t i = 0; i < plan->join_count; i++)
		if (join(&plan->joins[i]))
			return -1;
	if (loops_attach(plan) || host_mount_make(plan, &plan->root))
		return -1;
	for (uint32_t i = 0; i < plan->operation_count; i++)
		if (plan->operations[i].kind == OP_ATTACH && host_mount_make(plan, &plan->operations[i].attach.mount))
			return -1;
	return 0;
}

void host_release(struct plan *plan)
{
	drop(&plan->root.tree);
	drop(&plan->memory.tree);
	for (uint32_t i = 0; i < plan->operation_count; i++)
		if (plan->operations[i].kind == OP_ATTACH)
			drop(&plan->operations[i].attach.mount.tree);
}
