/*
 * lxvirt-copier FROM TO: copies what is in one directory into another, empty one, with all that files have: owners, modes,
 * times, extended attributes, hard links, holes; blocks are shared where the file system can.
 *
 * Who owns the tree FROM is hostile and at work in it. So nothing in it is ever found by a path: every entry is opened once,
 * by its name in a directory that is open, as what it is (O_PATH, no link followed, no mount crossed), and everything is then
 * done to that very inode. What is a link now was a directory a moment ago; it is copied as a link, and leads nobody.
 *
 * FROM and TO are themselves paths that the caller has made safe (/proc/PID/fd/N). Exit status 0; else a line on standard
 * error says what failed, and where in the tree.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"
#include "rooted.h"
#include "walk.h"

/* A level of the tree keeps two descriptors. */
static void take_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int copy(const char *from_path, const char *to_path)
{
	OWNED_FD from = open(from_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	OWNED_FD to = from < 0 ? -1 : open(to_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (to < 0)
		return fail("open", from < 0 ? from_path : to_path);
	return rooted_keep_proc() ? -1 : walk_copy(from, to);
}

/* Names in the tree are the guest's: nothing of them commands a terminal, or looks like another line. */
static void say(const struct failure *failure)
{
	char path[sizeof failure->path];
	size_t length = 0;

	for (; failure->path[length]; length++) {
		unsigned char letter = (unsigned char)failure->path[length];

		path[length] = letter < ' ' || letter >= 0x7f ? '?' : (char)letter;
	}
	path[length] = '\0';
	dprintf(STDERR_FILENO, "%s '%s': %s\n", failure->step, path, strerror(failure->error));
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		dprintf(STDERR_FILENO, "usage: lxvirt-copier FROM TO\n");
		return 2;
	}
	umask(0);
	take_descriptors();
	if (!copy(argv[1], argv[2]))
		return 0;
	say(last_failure());
	return 1;
}
