#include "statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"

int statefile_write(const char *path, const char *text)
{
	char draft[PATH_MAX];
	size_t length = strlen(text);
	OWNED_FD fd = -1;

	if ((size_t)snprintf(draft, sizeof draft, "%s~", path) >= sizeof draft)
		return fail_with("write", path, ENAMETOOLONG);
	if (unlink(draft) && errno != ENOENT)
		return fail("write", path);
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail("write", path);
	if (write(fd, text, length) == (ssize_t)length && !rename(draft, path))
		return 0;
	fail("write", path);
	unlink(draft);
	return -1;
}
