#include "syscalls.h"
#include "hotplug.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "failure.h"
#include "host.h"
#include "lock.h"
#include "lookup.h"
#include "mounts.h"
#include "rights.h"
#include "rooted.h"
#include "visit.h"

/* The directory for a new node, if the container's root may make files in it. */
static int open_node_directory(const struct place *place, const void *subject)
{
	const struct task *task = subject;
	const char *path = task->node.path, *name;
	OWNED_FD directory = rooted_parent(place->root, path, &name, "mkdir");

	if (directory < 0)
		return -1;
	if (faccessat(directory, ".", W_OK | X_OK, AT_EACCESS))
		return fail("mknod", path);
	return take(&directory);
}

/*
 * Born with its owner: to change that afterwards would be to change whatever the container has put in its place. Who is
 * not root for file systems has lost the capability, which is given back.
 */
static int make_node(int directory, const struct task *task)
{
	const char *path = task->node.path;
	mode_t kind = task->node.is_block ? S_IFBLK : S_IFCHR;
	int result;

	setfsgid(task->node.gid);
	setfsuid(task->node.uid);
	result = rights_limit(UINT64_MAX);
	if (!result && mknodat(directory, strrchr(path, '/') + 1, kind | task->node.mode, makedev(task->node.major, task->node.minor)))
		result = fail("mknod", path);
	setfsuid(0);
	setfsgid(0);
	return result;
}

int hotplug_node(const struct place *place, const struct task *task)
{
	OWNED_FD directory = visit(place, RIGHTS_OF_GUEST, open_node_directory, task);

	return directory < 0 ? -1 : make_node(directory, task);
}

struct attachment {
	int tree, target;
	const char *path;
};

static int open_target(const struct place *place, const void *subject)
{
	const struct attachment *a = subject;
	struct stat facts;

	if (fstat(a->tree, &facts))
		return fail("mount", a->path);
	return S_ISDIR(facts.st_mode) ? rooted_directory(place->root, a->path, 0755, "mount") :
		rooted_file(place->root, a->path, "mount");
}

static int attach(const struct place *place, const void *subject)
{
	const struct attachment *a = subject;

	(void)place;
	return mount_attach(a->tree, a->target, a->path);
}

/* Made on the host, and locked. */
static int make_tree(const struct place *place, struct host_mount *mount)
{
	static const struct plan none;
	int tree = host_mount_make(&none, mount) ? -1 : lock_tree(place, mount->tree);

	drop(&mount->tree);
	return tree;
}

int hotplug_attach(const struct place *place, struct operation *operation)
{
	OWNED_FD tree = make_tree(place, &operation->attach.mount);
	OWNED_FD target = -1;
	struct attachment attachment = { .tree = tree, .path = operation->attach.target };

	if (tree < 0)
		return -1;
	target = visit(place, RIGHTS_OF_GUEST, open_target, &attachment);
	if (target < 0)
		return -1;
	attachment.target = target;
	return visit(place, RIGHTS_OF_HOST, attach, &attachment);
}

static int unlink_in_guest(const struct place *place, const void *subject)
{
	const char *path = subject, *name;
	OWNED_FD parent = lookup_parent(place->root, path, &name);

	if ((parent < 0 || unlinkat(parent, name, 0)) && errno != ENOENT)
		return fail("remove", path);
	return 0;
}

int hotplug_remove(const struct place *place, const struct task *task)
{
	return visit(place, RIGHTS_OF_GUEST, unlink_in_guest, task->path);
}

static int unmount_in_guest(const struct place *place, const void *subject)
{
	const struct task *task = subject;
	const char *path = task->unmount.path, *name;
	int flags = UMOUNT_NOFOLLOW | (task->unmount.lazy ? MNT_DETACH : 0);
	OWNED_FD parent = lookup_parent(place->root, path, &name);

	if (parent < 0 || fchdir(parent) || umount2(name, flags))
		return fail("unmount", path);
	return 0;
}

int hotplug_unmount(const struct place *place, const struct task *task)
{
	return visit(place, RIGHTS_OF_GUEST, unmount_in_guest, task);
}

struct link_change {
	const struct task *task;
	const struct network *host;
};

static int change_link(const struct place *place, const void *subject)
{
	const struct link_change *change = subject;
	const struct task *task = change->task;
	OWNED_FD socket = netlink_open();

	(void)place;
	if (socket < 0)
		return -1;
	if (task->kind == TASK_LINK_STATE)
		return netlink_state(socket, task->link.name, task->link.up);
	if (task->kind == TASK_REMOVE_LINK)
		return netlink_remove(socket, task->link.name);
	return netlink_move(socket, task->link.name, change->host, task->link.rename);
}

int hotplug_link(const struct place *place, const struct task *task, const struct network *host)
{
	const struct link_change change = { task, host };

	return visit(place, RIGHTS_OF_HOST, change_link, &change);
}
