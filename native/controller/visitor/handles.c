#include "handles.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"

void handles_open(struct handles *handles)
{
	for (int i = 0; i < HANDLE_LIMIT; i++)
		handles->at[i] = (struct handle){ .fd = -1, .replacement.directory = -1 };
}

int handles_find_free(const struct handles *handles, const char *path)
{
	for (int i = 0; i < HANDLE_LIMIT; i++)
		if (handles->at[i].fd < 0)
			return i;
	return fail_with("open", path, EMFILE);
}

struct handle *handles_get(struct handles *handles, uint32_t number)
{
	if (number < HANDLE_LIMIT && handles->at[number].fd >= 0)
		return &handles->at[number];
	fail_with("handle", "", EBADF);
	return NULL;
}

void handle_close(struct handle *handle)
{
	struct replacement *replacement = &handle->replacement;

	if (replacement->directory >= 0)
		unlinkat(replacement->directory, replacement->temporary, 0);
	drop(&replacement->directory);
	drop(&handle->fd);
}

void handles_close(struct handles *handles)
{
	for (int i = 0; i < HANDLE_LIMIT; i++)
		handle_close(&handles->at[i]);
}
