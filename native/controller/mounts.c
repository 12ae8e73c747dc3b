#include "syscalls.h"
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "failure.h"
#include "rooted.h"

/* MS_SLAVE, which sys/mount.h has and linux/mount.h here too; named for what it is in a mount_attr. */
#define FOLLOWS_HOST MS_SLAVE

static int configure(int context, const char *source, const struct options *options)
{
	if (source && sys_fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0))
		return -1;
	for (uint32_t i = 0; i < options->count; i++) {
		const struct option *option = &options->at[i];
		unsigned int command = option->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

		if (sys_fsconfig(context, command, option->key, option->value, 0))
			return -1;
	}
	return sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

/* What the filesystem itself has to say about a failure ("e Unknown parameter 'x'"), into the log. */
static void complain_of(int context, const char *path)
{
	char text[256];
	int saved = errno;
	ssize_t length;

	while ((length = read(context, text, sizeof text - 1)) > 0) {
		text[length] = '\0';
		complain(path, text, 0);
	}
	errno = saved;
}

int mount_new(const char *type, const char *source, const struct options *options, uint32_t attributes, const char *path)
{
	OWNED_FD context = sys_fsopen(type, FSOPEN_CLOEXEC);
	int tree;

	if (context < 0)
		return fail("mount", path);
	if (configure(context, source, options)) {
		complain_of(context, path);
		return fail("mount", path);
	}
	tree = sys_fsmount(context, FSMOUNT_CLOEXEC, attributes);
	return tree < 0 ? fail("mount", path) : tree;
}

static int set(int tree, bool recursive, uint32_t attributes, uint64_t propagation)
{
	struct mount_attr change = {
		.attr_set = attributes,
		.attr_clr = attributes & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0,
		.propagation = propagation,
	};

	if (!change.attr_set && !change.propagation)
		return 0;
	return sys_mount_setattr(tree, "", (unsigned)(AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0)), &change);
}

int mount_restrict(int tree, bool recursive, uint32_t attributes, const char *step, const char *path)
{
	return set(tree, recursive, attributes, 0) ? fail(step, path) : 0;
}

int mount_copy(int directory, const char *path, bool recursive, uint32_t attributes, const char *step)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
	OWNED_FD tree = sys_open_tree(directory, path, flags);

	if (tree < 0 || set(tree, recursive, attributes, FOLLOWS_HOST))
		return fail(step, path);
	return take(&tree);
}

int mount_attach(int tree, int target, const char *path)
{
	if (sys_move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		return fail("mount", path);
	return 0;
}

int mount_attach_at(int tree, int root, const char *path)
{
	struct stat facts;
	OWNED_FD target = -1;

	if (fstat(tree, &facts))
		return fail("mount", path);
	target = S_ISDIR(facts.st_mode) ? rooted_directory(root, path, 0755, "mount") : rooted_file(root, path, "mount");
	return target < 0 ? -1 : mount_attach(tree, target, path);
}
