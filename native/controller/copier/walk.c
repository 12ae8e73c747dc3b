#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"
#include "cleanup.h"
#include "content.h"
#include "failure.h"
#include "links.h"
#include "rooted.h"
#include "syscalls.h"

#define PRIVATE_DIRECTORY 0700
#define PRIVATE_FILE 0600
/* The kernel gives up a lookup when something is renamed meanwhile. */
#define RETRIES 64
/* In microseconds, and how many there are for the whole tree. */
#define LEASE_WAIT 50000
#define LEASE_WAITS 100

/* A directory of the tree and its copy. */
struct level {
	int to;
	int root;      /* the copy's */
	char *path;    /* from the root, with room for PATH_MAX; "" for the root */
	size_t length; /* of `path` */
};

struct entry {
	int place; /* O_PATH */
	const char *name;
	struct stat facts;
};

static int copy_directory(int from, struct level level, const struct stat *facts);

/* What has gone, or came twice because it was moved while the directory was read. */
static bool passes_over(int error)
{
	return error == ENOENT || error == ESTALE || error == EEXIST;
}

static int report(const char *step, const struct level *level)
{
	return passes_over(errno) ? 0 : fail(step, level->path);
}

/* Opens an entry as what it is. `is_mount`: another file system begins there, or another part of one. */
static int open_entry(int directory, const char *name, bool *is_mount)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV };
	int fd = -1;

	*is_mount = false;
	for (int i = 0; i < RETRIES; i++) {
		fd = sys_openat2(directory, name, &how);
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	if (fd >= 0 || errno != EXDEV)
		return fd;
	*is_mount = true;
	return openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* An entry that is made by one call, and gets its attributes by its name: nobody else is in the copy. */
static int settle(const struct entry *entry, const struct level *level)
{
	OWNED_FD made = openat(level->to, entry->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return made < 0 ? fail("open", level->path) : attributes_copy(entry->place, &entry->facts, made, level->path);
}

static int copy_link(const struct entry *entry, const struct level *level)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(entry->place, "", target, sizeof target - 1);

	if (length < 0)
		return fail("readlink", level->path);
	target[length] = '\0';
	if (symlinkat(target, level->to, entry->name))
		return report("symlink", level);
	return settle(entry, level);
}

/* Devices, pipes, sockets. */
static int copy_node(const struct entry *entry, const struct level *level)
{
	mode_t mode = (entry->facts.st_mode & S_IFMT) | PRIVATE_FILE;

	if (mknodat(level->to, entry->name, mode, entry->facts.st_rdev))
		return report("mknod", level);
	return settle(entry, level);
}

/* Whoever has a lease of a file is waited for, but not for every file for as long as the kernel would. */
static int open_content(int place)
{
	static int patience = LEASE_WAITS;
	int fd = rooted_reopen(place, O_RDONLY | O_NONBLOCK);

	for (; fd < 0 && errno == EWOULDBLOCK && patience > 0; patience--) {
		usleep(LEASE_WAIT);
		fd = rooted_reopen(place, O_RDONLY | O_NONBLOCK);
	}
	return fd;
}

static int copy_file(const struct entry *entry, const struct level *level)
{
	OWNED_FD from = open_content(entry->place);
	OWNED_FD to = -1;

	if (from < 0)
		return report("open", level);
	to = openat(level->to, entry->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, PRIVATE_FILE);
	if (to < 0)
		return report("create", level);
	if (content_copy(from, to, entry->facts.st_size))
		return fail("copy", level->path);
	return attributes_copy(entry->place, &entry->facts, to, level->path);
}

static int enter_directory(const struct entry *entry, struct level level)
{
	OWNED_FD to = -1;

	if (mkdirat(level.to, entry->name, PRIVATE_DIRECTORY))
		return report("mkdir", &level);
	to = openat(level.to, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return fail("open", level.path);
	level.to = to;
	return copy_directory(entry->place, level, &entry->facts);
}

/* What is mounted in the tree is not part of it: only the place is. */
static int copy_mount_point(const struct entry *entry, const struct level *level)
{
	if (!S_ISDIR(entry->facts.st_mode))
		return 0;
	return mkdirat(level->to, entry->name, 0755) ? report("mkdir", level) : 0;
}

static int copy_first(const struct entry *entry, const struct level *level)
{
	switch (entry->facts.st_mode & S_IFMT) {
	case S_IFDIR:
		return enter_directory(entry, *level);
	case S_IFREG:
		return copy_file(entry, level);
	case S_IFLNK:
		return copy_link(entry, level);
	default:
		return copy_node(entry, level);
	}
}

/* Another name of what has been copied becomes another name of the copy. */
static int copy_entry(const struct entry *entry, const struct level *level)
{
	bool has_names = !S_ISDIR(entry->facts.st_mode) && entry->facts.st_nlink > 1;
	const char *known = has_names ? links_find(&entry->facts) : NULL;

	if (known) {
		OWNED_FD first = rooted_open(level->root, known, O_PATH | O_NOFOLLOW);

		if (first >= 0 && !links_link(first, level->to, entry->name))
			return 0;
		if (errno == EEXIST)
			return 0;
		if (errno != EMLINK && errno != ENOENT)
			return fail("link", level->path);
	}
	if (copy_first(entry, level))
		return -1;
	return has_names && links_add(&entry->facts, level->path) ? fail("link", level->path) : 0;
}

/* `path` names the entry while it is worked on. */
static int copy_named(int from, const char *name, struct level level)
{
	size_t parent = level.length;
	size_t length = strlen(name);
	bool is_mount;
	struct entry entry = { .name = name };
	OWNED_FD place = -1;
	int result;

	if (parent + 1 + length >= PATH_MAX)
		return fail_with("path", level.path, ENAMETOOLONG);
	snprintf(level.path + parent, PATH_MAX - parent, "/%s", name);
	level.length += 1 + length;
	place = open_entry(from, name, &is_mount);
	entry.place = place;
	if (place < 0 || fstat(place, &entry.facts))
		result = report("open", &level);
	else
		result = is_mount ? copy_mount_point(&entry, &level) : copy_entry(&entry, &level);
	level.path[parent] = '\0';
	return result;
}

static int copy_directory(int from, struct level level, const struct stat *facts)
{
	int listed = rooted_reopen(from, O_RDONLY | O_DIRECTORY);
	DIR *directory = listed < 0 ? NULL : fdopendir(listed);
	int result = 0;

	if (!directory) {
		result = fail("open", level.path);
		if (listed >= 0)
			close(listed);
		return result;
	}
	while (!result) {
		const struct dirent *found;

		errno = 0;
		found = readdir(directory);
		if (!found) {
			result = errno ? fail("read", level.path) : 0;
			break;
		}
		if (strcmp(found->d_name, ".") && strcmp(found->d_name, ".."))
			result = copy_named(dirfd(directory), found->d_name, level);
	}
	closedir(directory);
	return result ? result : attributes_copy(from, facts, level.to, level.path);
}

int walk_copy(int from, int to)
{
	char path[PATH_MAX] = "";
	struct stat facts;

	if (fstat(from, &facts))
		return fail("stat", "");
	return copy_directory(from, (struct level){ .to = to, .root = to, .path = path }, &facts);
}
