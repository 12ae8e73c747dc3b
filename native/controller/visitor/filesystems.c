#include "filesystems.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "failure.h"
#include "rooted.h"

static const char *step_of(const struct task *task)
{
	switch (task->kind) {
	case TASK_FREEZE:
		return "freeze";
	case TASK_THAW:
		return "thaw";
	default:
		return "trim";
	}
}

/* Field 3 of a line of mountinfo. */
static dev_t device_of(const char *line)
{
	unsigned int major;
	char *end;

	for (int field = 1; field < 3 && line; field++) {
		line = strchr(line, ' ');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return 0;
	major = (unsigned int)strtoul(line, &end, 10);
	return *end == ':' ? makedev(major, (unsigned int)strtoul(end + 1, NULL, 10)) : 0;
}

/* A directory mount shares the host's file system: to freeze that would stop the host. */
static int check_apart(dev_t device, const struct task *task)
{
	static const char path[] = "/proc/self/mountinfo";
	FILE *mounts = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	if (!mounts)
		return fail("open", path);
	while (!found && getline(&line, &size, mounts) > 0)
		found = device_of(line) == device;
	free(line);
	fclose(mounts);
	return found ? fail_with(step_of(task), task->filesystem.path, EPERM) : 0;
}

static int check(int directory, const struct task *task)
{
	struct stat facts;

	if (fstat(directory, &facts))
		return fail(step_of(task), task->filesystem.path);
	if (facts.st_dev != makedev(task->filesystem.major, task->filesystem.minor))
		return fail_with(step_of(task), task->filesystem.path, EXDEV);
	return check_apart(facts.st_dev, task);
}

int filesystem_do(const struct place *place, const struct task *task, uint64_t *trimmed)
{
	const char *path = task->filesystem.path;
	struct fstrim_range range = { .len = UINT64_MAX, .minlen = task->filesystem.minimum };
	OWNED_FD directory = rooted_open(place->root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	int result;

	if (directory < 0)
		return fail(step_of(task), path);
	if (check(directory, task))
		return -1;
	if (task->kind == TASK_TRIM)
		result = ioctl(directory, FITRIM, &range);
	else
		result = ioctl(directory, task->kind == TASK_FREEZE ? FIFREEZE : FITHAW, 0);
	*trimmed = task->kind == TASK_TRIM ? range.len : 0;
	return result ? fail(step_of(task), path) : 0;
}
