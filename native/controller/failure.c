#include "failure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct failure failure;

int fail_with(const char *step, const char *path, int error)
{
	snprintf(failure.step, sizeof failure.step, "%s", step);
	snprintf(failure.path, sizeof failure.path, "%s", path ? path : "");
	failure.error = error;
	return -1;
}

int fail(const char *step, const char *path)
{
	return fail_with(step, path, errno);
}

const struct failure *last_failure(void)
{
	return &failure;
}

int adopt_failure(const struct failure *other)
{
	failure = *other;
	failure.step[sizeof failure.step - 1] = '\0';
	failure.path[sizeof failure.path - 1] = '\0';
	return -1;
}

void complain(const char *step, const char *path, int error)
{
	int saved = errno;

	if (error)
		dprintf(STDERR_FILENO, "lxvirt-controller: %s %s: %s\n", step, path, strerror(error));
	else
		dprintf(STDERR_FILENO, "lxvirt-controller: %s %s\n", step, path);
	errno = saved;
}
