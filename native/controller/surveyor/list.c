#include "list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../cleanup.h"
#include "../failure.h"

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int list_all(DIR *directory, struct answers *answers)
{
	const struct dirent *entry;

	while (errno = 0, entry = readdir(directory)) {
		if (is_dots(entry->d_name))
			continue;
		write_string(answers_next(answers), entry->d_name);
		write_u32(answers_next(answers), entry->d_type);
		if (answers_added(answers))
			return -1;
	}
	return errno ? fail("list", "") : answers_end(answers);
}

int list(struct answers *answers)
{
	OWNED_FD fd = openat(DIRECTORY, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	int result;

	if (!directory)
		return fail("list", "");
	take(&fd);
	result = list_all(directory, answers);
	closedir(directory);
	return result;
}
