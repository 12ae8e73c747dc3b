#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"
#include "lookup.h"

static int own_as(const struct found *found, struct ownership *ownership)
{
	struct stat facts;

	if (fstatat(found->directory, found->name, &facts, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -1;
	if (!S_ISREG(facts.st_mode)) {
		errno = S_ISLNK(facts.st_mode) ? ELOOP : EINVAL;
		return -1;
	}
	*ownership = (struct ownership){ facts.st_mode & 07777, facts.st_uid, facts.st_gid };
	return 0;
}

static int make_temporary(struct replacement *replacement)
{
	uint64_t number;

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		return -1;
	snprintf(replacement->temporary, sizeof replacement->temporary, ".%016llx.new", (unsigned long long)number);
	return openat(replacement->directory, replacement->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/* The mode comes last: a change of owner takes set-user-id away. */
static int prepare(struct handle *handle, const struct ownership *ownership)
{
	handle->fd = make_temporary(&handle->replacement);
	if (handle->fd < 0)
		return -1;
	return fchown(handle->fd, ownership->uid, ownership->gid) || fchmod(handle->fd, ownership->mode) ? -1 : 0;
}

int replace_begin(int root, const char *path, uint32_t firm, const struct ownership *given, struct handle *handle)
{
	struct replacement *replacement = &handle->replacement;
	struct ownership ownership = *given;
	struct found found;
	OWNED_FD directory = -1;

	if (lookup_final(root, path, firm, &found))
		return fail("replace", path);
	directory = found.directory;
	if (own_as(&found, &ownership))
		return fail("replace", path);
	replacement->directory = take(&directory);
	memcpy(replacement->name, found.name, sizeof found.name);
	if (!prepare(handle, &ownership))
		return 0;
	fail("replace", path);
	if (handle->fd < 0)
		drop(&replacement->directory);
	else
		handle_close(handle);
	return -1;
}

static int put_into_place(const struct handle *handle)
{
	const struct replacement *replacement = &handle->replacement;
	OWNED_FD directory = openat(replacement->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0 || fsync(handle->fd))
		return -1;
	if (renameat(directory, replacement->temporary, directory, replacement->name))
		return -1;
	/* Some file systems have nothing to be written here. */
	return fsync(directory) && errno != EINVAL && errno != EROFS ? -1 : 0;
}

int replace_finish(struct handle *handle)
{
	int result = put_into_place(handle) ? fail("replace", handle->replacement.name) : 0;

	if (!result)
		drop(&handle->replacement.directory);
	handle_close(handle);
	return result;
}
