#include "syscalls.h"
#include "lock.h"

#include <fcntl.h>
#include <sys/mount.h>

#include "cleanup.h"
#include "failure.h"
#include "mounts.h"
#include "visit.h"

/* Covered in a namespace that lasts for a moment: a directory that every host has. */
#define STAGE "/proc"

/* In a namespace of the host's own, for the kernel to have something to copy. */
static int put_on_stage(int tree)
{
	const struct options none = { .count = 0 };
	OWNED_FD stage = -1;

	if (sys_unshare(CLONE_NEWNS))
		return fail("unshare", "mount");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return fail("mount", "/");
	stage = mount_new("tmpfs", "stage", &none, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, STAGE);
	if (stage < 0 || mount_attach_at(tree, stage, "/tree"))
		return -1;
	return sys_move_mount(stage, "", AT_FDCWD, STAGE, MOVE_MOUNT_F_EMPTY_PATH) ? fail("mount", STAGE) : 0;
}

static int copy_locked(const struct place *place, const void *subject)
{
	const int *tree = subject;
	int copy;

	if (put_on_stage(*tree))
		return -1;
	if (sys_setns(place->pidfd, CLONE_NEWUSER) || sys_unshare(CLONE_NEWNS))
		return fail("setns", "user");
	copy = sys_open_tree(AT_FDCWD, STAGE "/tree", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	return copy < 0 ? fail("open_tree", "") : copy;
}

int lock_tree(const struct place *place, int tree)
{
	if (place->mapped)
		return visit(place, RIGHTS_AT_HOME, copy_locked, &tree);
	tree = fcntl(tree, F_DUPFD_CLOEXEC, 0);
	return tree < 0 ? fail("files", "") : tree;
}
