#include "syscalls.h"
#include "lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"
#include "rooted.h"

/* Symlinks at the end of a path: the kernel's own limit. */
#define LINK_LIMIT 40
/* Flags of open(2) that may be asked for; the rest is decided here. */
#define OPEN_FLAGS (O_ACCMODE | O_APPEND | O_TRUNC | O_SYNC)

int lookup_parent(int root, const char *path, const char **name)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	if (!**name || !strcmp(*name, ".") || !strcmp(*name, "..") || (size_t)(*name - path) >= sizeof directory) {
		errno = EINVAL;
		return -1;
	}
	memcpy(directory, path, (size_t)(*name - path));
	directory[*name - path] = '\0';
	return rooted_open(root, *directory ? directory : "/", O_PATH | O_DIRECTORY);
}

/* Replaces the last name of `path` with a symlink's target; an absolute one starts at the root again. */
static int follow(char path[PATH_MAX], const char *target)
{
	const char *slash = strrchr(path, '/');
	size_t kept = *target == '/' || !slash ? 0 : (size_t)(slash + 1 - path);

	if (kept + strlen(target) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(path + kept, target);
	return 0;
}

/* Where the last `count` names of `path` begin. */
static const char *last_names(const char *path, uint32_t count)
{
	const char *at = path + strlen(path);

	while (count-- && at > path) {
		while (at > path && at[-1] == '/')
			at--;
		while (at > path && at[-1] != '/')
			at--;
	}
	return at + strspn(at, "/");
}

/* Nothing that is between `start` and the last of these names is followed. */
static int open_between(int start, const char *names, size_t length)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	char directory[PATH_MAX] = ".";

	if (length) {
		memcpy(directory, names, length);
		directory[length] = '\0';
	}
	return sys_openat2(start, directory, &how);
}

static int find_firm(int root, const char *path, uint32_t firm, struct found *found)
{
	char above[PATH_MAX];
	const char *names = last_names(path, firm), *name;
	OWNED_FD start = -1;

	if (strlen(path) >= sizeof above) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(above, path, (size_t)(names - path));
	above[names - path] = '\0';
	name = strrchr(names, '/');
	name = name ? name + 1 : names;
	if (!*name || strlen(name) > NAME_MAX || !strcmp(name, ".") || !strcmp(name, "..")) {
		errno = EINVAL;
		return -1;
	}
	start = rooted_open(root, *above ? above : "/", O_PATH | O_DIRECTORY);
	found->directory = start < 0 ? -1 : open_between(start, names, (size_t)(name - names));
	strcpy(found->name, name);
	return found->directory < 0 ? -1 : 0;
}

static int find_final(int root, const char *path, struct found *found)
{
	char current[PATH_MAX], target[PATH_MAX];

	if (snprintf(current, sizeof current, "%s", path) >= (int)sizeof current) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (int i = 0; i < LINK_LIMIT; i++) {
		const char *name;
		ssize_t length;
		OWNED_FD directory = lookup_parent(root, current, &name);

		if (directory < 0)
			return -1;
		if (strlen(name) > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		length = readlinkat(directory, name, target, sizeof target - 1);
		if (length < 0 && errno != EINVAL && errno != ENOENT)
			return -1;
		if (length < 0) {
			strcpy(found->name, name);
			found->directory = take(&directory);
			return 0;
		}
		target[length] = '\0';
		if (follow(current, target))
			return -1;
	}
	errno = ELOOP;
	return -1;
}

int lookup_final(int root, const char *path, uint32_t firm, struct found *found)
{
	return firm ? find_firm(root, path, firm, found) : find_final(root, path, found);
}

static int open_firm(int root, const char *path, uint32_t firm)
{
	struct found found;
	OWNED_FD directory = -1;

	if (find_firm(root, path, firm, &found))
		return -1;
	directory = found.directory;
	return openat(directory, found.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* What is there, again, for reading or writing: a device is opened as little as a socket. */
static int reopen(int place, const char *path, int flags)
{
	struct stat facts;
	int fd;

	if (fstat(place, &facts))
		return fail("open", path);
	if (S_ISDIR(facts.st_mode))
		return fail_with("open", path, EISDIR);
	if (S_ISBLK(facts.st_mode) || S_ISCHR(facts.st_mode))
		return fail_with("open", path, EPERM);
	fd = rooted_reopen(place, (flags & OPEN_FLAGS) | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? fail("open", path) : fd;
}

static int create(int root, const char *path, uint32_t firm, int flags)
{
	struct found found;
	OWNED_FD directory = -1;
	int fd;

	if (lookup_final(root, path, firm, &found))
		return fail("open", path);
	directory = found.directory;
	fd = openat(directory, found.name, (flags & OPEN_FLAGS) | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fd < 0 ? fail("open", path) : fd;
}

int lookup_open(int root, const char *path, uint32_t firm, int flags)
{
	OWNED_FD place = firm ? open_firm(root, path, firm) : rooted_open(root, path, O_PATH);

	if (place >= 0)
		return flags & O_CREAT && flags & O_EXCL ? fail_with("open", path, EEXIST) : reopen(place, path, flags);
	return errno == ENOENT && flags & O_CREAT ? create(root, path, firm, flags) : fail("open", path);
}
