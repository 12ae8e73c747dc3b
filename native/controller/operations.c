#include "syscalls.h"
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "failure.h"
#include "mounts.h"
#include "netlink.h"
#include "rooted.h"
#include "settings.h"
#include "terminals.h"

typedef int operation_function(struct init *init, const struct operation *op);

static int do_await_go(struct init *init, const struct operation *op)
{
	(void)op;
	return init_await_go(init);
}

static int do_mkdir(struct init *init, const struct operation *op)
{
	OWNED_FD made = rooted_directory(init->root, op->mkdir.path, op->mkdir.mode, "mkdir");

	return made < 0 ? -1 : 0;
}

static int do_symlink(struct init *init, const struct operation *op)
{
	const char *name;
	OWNED_FD parent = rooted_parent(init->root, op->symlink.path, &name, "symlink");

	if (parent < 0)
		return -1;
	if (symlinkat(op->symlink.target, parent, name) && errno != EEXIST)
		return fail("symlink", op->symlink.path);
	return 0;
}

static int do_touch(struct init *init, const struct operation *op)
{
	OWNED_FD file = rooted_file(init->root, op->touch.path, "touch");

	return file < 0 ? -1 : 0;
}

static int do_write(struct init *init, const struct operation *op)
{
	size_t length = strlen(op->write.contents);
	OWNED_FD fd = rooted_regular(init->root, op->write.path, O_WRONLY | O_TRUNC, "write");

	if (fd < 0)
		return -1;
	return write(fd, op->write.contents, length) == (ssize_t)length ? 0 : fail("write", op->write.path);
}

static int do_attach(struct init *init, const struct operation *op)
{
	return mount_attach_at(op->attach.mount.tree, init->root, op->attach.target);
}

static int do_mount(struct init *init, const struct operation *op)
{
	OWNED_FD tree = mount_new(op->mount.type, op->mount.source, &op->mount.options, op->mount.attributes,
		op->mount.target);

	return tree < 0 ? -1 : mount_attach_at(tree, init->root, op->mount.target);
}

static int do_bind(struct init *init, const struct operation *op)
{
	OWNED_FD source = rooted_open(init->root, op->bind.source, O_PATH);
	OWNED_FD tree = -1;

	if (source < 0)
		return op->bind.optional && errno == ENOENT ? 0 : fail("bind", op->bind.source);
	tree = mount_copy(source, "", op->bind.recursive, op->bind.attributes, "bind");
	if (tree < 0)
		return fail_with("bind", op->bind.source, last_failure()->error);
	return mount_attach_at(tree, init->root, op->bind.target);
}

static int do_attributes(struct init *init, const struct operation *op)
{
	const char *path = op->attributes.path;
	OWNED_FD place = rooted_open(init->root, path, O_PATH);

	if (place < 0)
		return fail("attributes", path);
	return mount_restrict(place, op->attributes.recursive, op->attributes.attributes, "attributes", path);
}

static int do_mask(struct init *init, const struct operation *op)
{
	const uint32_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	const struct options none = { .count = 0 };
	const char *path = op->mask.path;
	struct stat facts;
	OWNED_FD place = rooted_open(init->root, path, O_PATH);
	OWNED_FD tree = -1;

	if (place < 0)
		return errno == ENOENT ? 0 : fail("mask", path);
	if (fstat(place, &facts))
		return fail("mask", path);
	if (S_ISDIR(facts.st_mode))
		tree = mount_new("tmpfs", "tmpfs", &none, attributes, path);
	else
		tree = mount_copy(AT_FDCWD, "/dev/null", false, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "mask");
	return tree < 0 ? -1 : mount_attach(tree, place, path);
}

static int do_consoles(struct init *init, const struct operation *op)
{
	OWNED_FD devpts = rooted_open(init->root, op->consoles.devpts, O_PATH | O_DIRECTORY);

	if (devpts < 0)
		return fail("consoles", op->consoles.devpts);
	return terminals_open(init, devpts, op);
}

static int do_hostname(struct init *init, const struct operation *op)
{
	(void)init;
	return sethostname(op->hostname.name, strlen(op->hostname.name)) ? fail("hostname", op->hostname.name) : 0;
}

/* Opened once and kept: a container has several links and routes. */
static int netlink_of(struct init *init)
{
	if (init->netlink < 0)
		init->netlink = netlink_open();
	return init->netlink;
}

static int do_link(struct init *init, const struct operation *op)
{
	return netlink_of(init) < 0 ? -1 : netlink_link(init->netlink, &op->link);
}

static int do_route(struct init *init, const struct operation *op)
{
	return netlink_of(init) < 0 ? -1 : netlink_route(init->netlink, &op->route);
}

static int do_rlimit(struct init *init, const struct operation *op)
{
	(void)init;
	return settings_rlimit(op->rlimit.resource, op->rlimit.soft, op->rlimit.hard);
}

static int do_personality(struct init *init, const struct operation *op)
{
	(void)init;
	return settings_personality(op->personality.persona);
}

static int do_affinity(struct init *init, const struct operation *op)
{
	(void)init;
	return settings_affinity(op->numbers.at, op->numbers.count);
}

static int do_mempolicy(struct init *init, const struct operation *op)
{
	(void)init;
	return settings_mempolicy(op->numbers.mode, op->numbers.at, op->numbers.count);
}

static int do_oom_score(struct init *init, const struct operation *op)
{
	(void)init;
	return settings_oom_score(op->oom_score.adjustment);
}

static int do_cover(struct init *init, const struct operation *op)
{
	const char *name;
	OWNED_FD source = rooted_open(init->root, op->cover.source, O_PATH);
	OWNED_FD parent = rooted_parent(init->root, op->cover.target, &name, "cover");
	OWNED_FD target = -1;
	OWNED_FD tree = -1;

	if (source < 0)
		return fail("cover", op->cover.source);
	if (parent < 0)
		return -1;
	if (mknodat(parent, name, S_IFREG | 0644, 0) && errno != EEXIST)
		return fail("cover", op->cover.target);
	target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return fail("cover", op->cover.target);
	tree = mount_copy(source, "", false, 0, "cover");
	return tree < 0 ? -1 : mount_attach(tree, target, op->cover.target);
}

static operation_function *const functions[OPERATION_KINDS] = {
	[OP_AWAIT_GO] = do_await_go,
	[OP_MKDIR] = do_mkdir,
	[OP_SYMLINK] = do_symlink,
	[OP_TOUCH] = do_touch,
	[OP_WRITE] = do_write,
	[OP_ATTACH] = do_attach,
	[OP_MOUNT] = do_mount,
	[OP_BIND] = do_bind,
	[OP_ATTRIBUTES] = do_attributes,
	[OP_MASK] = do_mask,
	[OP_CONSOLES] = do_consoles,
	[OP_HOSTNAME] = do_hostname,
	[OP_LINK] = do_link,
	[OP_ROUTE] = do_route,
	[OP_RLIMIT] = do_rlimit,
	[OP_PERSONALITY] = do_personality,
	[OP_AFFINITY] = do_affinity,
	[OP_MEMPOLICY] = do_mempolicy,
	[OP_OOM_SCORE] = do_oom_score,
	[OP_COVER] = do_cover,
};

int operation_perform(struct init *init, const struct operation *operation)
{
	return functions[operation->kind](init, operation);
}
