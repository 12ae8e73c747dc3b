#include "cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"

/* A cgroup's last process is not gone at once: 50 waits of 2 ms. */
#define RETRIES 50
#define PAUSE 2000000
/* The kernel's own limit may be higher; a container that nests deeper leaves its cgroups behind. */
#define DEPTH 32

/* Removes what is below the open directory, and closes it. Names come from the kernel: they are single and no symlinks. */
static void remove_children(int directory, int depth)
{
	DIR *list = fdopendir(directory);
	struct dirent *entry;

	if (!list) {
		close(directory);
		return;
	}
	while (depth < DEPTH && (entry = readdir(list))) {
		int child;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (!unlinkat(dirfd(list), entry->d_name, AT_REMOVEDIR))
			continue;
		child = openat(dirfd(list), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			remove_children(child, depth + 1);
		unlinkat(dirfd(list), entry->d_name, AT_REMOVEDIR);
	}
	closedir(list);
}

/* Opens a cgroup; a directory of any other filesystem is none of ours to empty. -1 with errno. */
static int open_cgroup(const char *path)
{
	struct statfs facts;
	OWNED_FD directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (directory < 0 || fstatfs(directory, &facts))
		return -1;
	if (facts.f_type != CGROUP_SUPER_MAGIC && facts.f_type != CGROUP2_SUPER_MAGIC) {
		errno = EINVAL;
		return -1;
	}
	return take(&directory);
}

static void remove_tree(const char *path)
{
	const struct timespec pause = { .tv_nsec = PAUSE };

	for (int i = 0; i < RETRIES; i++) {
		OWNED_FD directory = open_cgroup(path);

		if (directory >= 0 && !rmdir(path))
			return;
		if (directory < 0 || (errno != EBUSY && errno != ENOTEMPTY))
			break;
		if (i)
			nanosleep(&pause, NULL);
		remove_children(take(&directory), 0);
		errno = EBUSY;
	}
	if (errno != ENOENT)
		complain("rmdir", path, errno);
}

void cgroups_remove(const struct strings *directories)
{
	for (uint32_t i = 0; i < directories->count; i++)
		remove_tree(directories->at[i]);
}
