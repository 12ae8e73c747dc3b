/*
 * The error contract. A function that can fail returns -1 (or NULL) after it has recorded, once and where it happened,
 * which step failed, on which path, with which errno. Callers pass the -1 on and add nothing. As with errno there is
 * one record for each process: the controller and init each have their own.
 */
#ifndef FAILURE_H
#define FAILURE_H

struct failure {
	char step[32];
	char path[1024];
	int error;
};

/* Records errno. Always returns -1. */
int fail(const char *step, const char *path);
/* Records `error` in place of errno; 0 where no system call is to blame. Always returns -1. */
int fail_with(const char *step, const char *path, int error);
const struct failure *last_failure(void);
/* Takes over the record of another process (init's, in the controller). Always returns -1. */
int adopt_failure(const struct failure *other);
/* Writes a line to the domain's log (descriptor 2): for what must not stop the work. Keeps errno. */
void complain(const char *step, const char *path, int error);

#endif
