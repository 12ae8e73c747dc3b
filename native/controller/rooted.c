#include "syscalls.h"
#include "rooted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "failure.h"

/* The kernel gives up a lookup when something below the root is renamed meanwhile. */
#define RETRIES 64

int rooted_open(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = -1;

	for (int i = 0; i < RETRIES; i++) {
		fd = sys_openat2(root, path, &how);
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}

/* Opens the directory `path` in `root`; if there is nothing, makes it as `name` in `parent`. */
static int enter(int root, const char *path, int parent, const char *name, mode_t mode)
{
	int fd = rooted_open(root, path, O_PATH | O_DIRECTORY);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(parent, name, mode) && errno != EEXIST)
		return -1;
	return openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static const char *skip_slashes(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

/* Walks `path` up to `end`, making what is missing; the last directory gets `mode`. */
static int make_path(int root, const char *path, const char *end, mode_t mode, const char *step)
{
	char prefix[PATH_MAX];
	OWNED_FD at = rooted_open(root, "/", O_PATH | O_DIRECTORY);
	const char *name = skip_slashes(path);

	if (at < 0 || (size_t)(end - path) >= sizeof prefix)
		return fail(step, path);
	while (name < end) {
		const char *stop = memchr(name, '/', (size_t)(end - name));
		int next;

		stop = stop ? stop : end;
		memcpy(prefix, path, (size_t)(stop - path));
		prefix[stop - path] = '\0';
		next = enter(root, prefix, at, prefix + (name - path), skip_slashes(stop) < end ? 0755 : mode);
		if (next < 0)
			return fail(step, path);
		drop(&at);
		at = next;
		name = skip_slashes(stop);
	}
	return take(&at);
}

int rooted_directory(int root, const char *path, mode_t mode, const char *step)
{
	int fd = rooted_open(root, path, O_PATH | O_DIRECTORY);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return fail(step, path);
	return make_path(root, path, path + strlen(path), mode, step);
}

int rooted_parent(int root, const char *path, const char **name, const char *step)
{
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	if (**name == '\0' || !strcmp(*name, ".") || !strcmp(*name, ".."))
		return fail_with(step, path, EINVAL);
	return make_path(root, path, slash ? slash : path, 0755, step);
}

int rooted_file(int root, const char *path, const char *step)
{
	const char *name;
	OWNED_FD parent = -1;
	int fd = rooted_open(root, path, O_PATH);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return fail(step, path);
	parent = rooted_parent(root, path, &name, step);
	if (parent < 0)
		return -1;
	if (mknodat(parent, name, S_IFREG | 0644, 0))
		return fail(step, path);
	fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail(step, path) : fd;
}

static int own_files = -1;

int rooted_keep_proc(void)
{
	own_files = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return own_files < 0 ? fail("open", "/proc/self/fd") : 0;
}

int rooted_reopen(int place, int flags)
{
	char again[32];

	snprintf(again, sizeof again, own_files < 0 ? "/proc/self/fd/%d" : "%d", place);
	return openat(own_files < 0 ? AT_FDCWD : own_files, again, flags | O_CLOEXEC);
}

int rooted_regular(int root, const char *path, int flags, const char *step)
{
	struct stat facts;
	int fd;
	OWNED_FD place = rooted_open(root, path, O_PATH);

	if (place < 0 || fstat(place, &facts))
		return fail(step, path);
	if (!S_ISREG(facts.st_mode))
		return fail_with(step, path, EINVAL);
	fd = rooted_reopen(place, flags);
	return fd < 0 ? fail(step, path) : fd;
}
