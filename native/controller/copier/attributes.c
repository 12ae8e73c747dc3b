#include "attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "failure.h"

/* The kernel's limits. */
#define LIST_MAX 65536
#define VALUE_MAX 65536

/* The very inode, also of a link: nothing behind it is followed. */
#define SELF_MAX 32
static void self(char *path, int fd)
{
	snprintf(path, SELF_MAX, "/proc/self/fd/%d", fd);
}

/* The file system of the copy does not know it, or it is not for this kind of file. */
static bool is_refused(int error)
{
	return error == EOPNOTSUPP || error == EPERM || error == EINVAL || error == ENODATA;
}

static int copy_extended(const char *from, const char *to, const char *path)
{
	static char names[LIST_MAX];
	static char value[VALUE_MAX];
	ssize_t length = listxattr(from, names, sizeof names);

	if (length < 0)
		return is_refused(errno) ? 0 : fail("listxattr", path);
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		ssize_t size = getxattr(from, name, value, sizeof value);

		if (size < 0 && is_refused(errno))
			continue;
		if (size < 0 || (setxattr(to, name, value, (size_t)size, 0) && !is_refused(errno)))
			return fail("setxattr", path);
	}
	return 0;
}

/* Owner first: changing it takes away set-id bits and capabilities. */
int attributes_copy(int from, const struct stat *facts, int to, const char *path)
{
	const struct timespec times[] = { facts->st_atim, facts->st_mtim };
	char from_self[SELF_MAX], to_self[SELF_MAX];

	self(from_self, from);
	self(to_self, to);
	if (fchownat(to, "", facts->st_uid, facts->st_gid, AT_EMPTY_PATH))
		return fail("chown", path);
	if (copy_extended(from_self, to_self, path))
		return -1;
	if (!S_ISLNK(facts->st_mode) && chmod(to_self, facts->st_mode & 07777))
		return fail("chmod", path);
	return utimensat(AT_FDCWD, to_self, times, 0) ? fail("utimes", path) : 0;
}
