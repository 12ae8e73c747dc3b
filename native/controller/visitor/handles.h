/* The files that a session has open, by number. */
#ifndef HANDLES_H
#define HANDLES_H

#include <stdint.h>

#define HANDLE_LIMIT 64

/* A file that is being replaced: its directory, its name there, and the temporary file's. */
struct replacement {
	int directory;
	char name[256], temporary[64];
};

struct handle {
	/* -1: free. */
	int fd;
	/* Of a file that is open for nothing else; `directory` is -1 for all others. */
	struct replacement replacement;
};

struct handles {
	struct handle at[HANDLE_LIMIT];
};

void handles_open(struct handles *handles);
/* The number of a free one, or -1 with EMFILE recorded. */
int handles_find_free(const struct handles *handles, const char *path);
/* NULL with EBADF recorded. */
struct handle *handles_get(struct handles *handles, uint32_t number);
/* Closes it. A replacement that was not put into place leaves nothing. */
void handle_close(struct handle *handle);
void handles_close(struct handles *handles);

#endif
