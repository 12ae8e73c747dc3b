#include "syscalls.h"
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>

#include "cleanup.h"
#include "failure.h"
#include "mounts.h"

typedef int tree_function(int tree, const struct plan *plan, int tmpfs, const char *name);

/* Calls `function` with every tree of the host stage and the name of its place ("/0" is the root's). */
static int for_each_tree(const struct plan *plan, int tmpfs, tree_function *function)
{
	char name[16] = "/0";

	if (function(plan->root.tree, plan, tmpfs, name))
		return -1;
	for (uint32_t i = 0; i < plan->operation_count; i++) {
		if (plan->operations[i].kind != OP_ATTACH)
			continue;
		snprintf(name, sizeof name, "/%u", i + 1);
		if (function(plan->operations[i].attach.mount.tree, plan, tmpfs, name))
			return -1;
	}
	return 0;
}

static int put(int tree, const struct plan *plan, int tmpfs, const char *name)
{
	(void)plan;
	return mount_attach_at(tree, tmpfs, name);
}

static int fill(const struct plan *plan)
{
	const char *place = plan->root_mount_point;
	const struct options none = { .count = 0 };
	OWNED_FD tmpfs = -1;

	/* What is mounted from here on does not reach the host. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return fail("mount", "/");
	tmpfs = mount_new("tmpfs", "stage", &none, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, place);
	if (tmpfs < 0)
		return -1;
	if (sys_move_mount(tmpfs, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH))
		return fail("mount", place);
	return for_each_tree(plan, tmpfs, put);
}

int stage_enter(struct stage *stage, const struct plan *plan)
{
	*stage = (struct stage){ .namespace = -1, .root = -1 };
	if (!(plan->namespaces & CLONE_NEWUSER))
		return 0;
	stage->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	stage->namespace = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (stage->root < 0 || stage->namespace < 0)
		return fail("stage", "/proc/self/ns/mnt");
	return sys_unshare(CLONE_NEWNS) ? fail("unshare", "mount") : fill(plan);
}

int stage_leave(struct stage *stage)
{
	int result = 0;

	/* To enter a mount namespace is to get its root directory, which a daemon in a chroot does not have. */
	if (stage->namespace >= 0)
		result = sys_setns(stage->namespace, CLONE_NEWNS) || fchdir(stage->root) || chroot(".");
	drop(&stage->namespace);
	drop(&stage->root);
	return result ? fail("setns", "mount") : 0;
}

static int copy(int tree, const struct plan *plan, int tmpfs, const char *name)
{
	char path[PATH_MAX + 16];
	OWNED_FD copied = -1;

	(void)tmpfs;
	snprintf(path, sizeof path, "%s%s", plan->root_mount_point, name);
	copied = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	return copied < 0 || dup3(copied, tree, O_CLOEXEC) < 0 ? fail("stage", path) : 0;
}

int stage_take(const struct plan *plan)
{
	return plan->namespaces & CLONE_NEWUSER ? for_each_tree(plan, -1, copy) : 0;
}
