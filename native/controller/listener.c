#include "listener.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"

#define BACKLOG 4

/* The last name of `path` with a "~" behind it, as an address in the current directory. */
static int draft_address(const char *path, struct sockaddr_un *address)
{
	const char *slash = strrchr(path, '/');
	int length = snprintf(address->sun_path, sizeof address->sun_path, "%s~", slash ? slash + 1 : path);

	address->sun_family = AF_UNIX;
	if (length < 0 || (size_t)length >= sizeof address->sun_path)
		return fail_with("socket", path, ENAMETOOLONG);
	return 0;
}

/* Into the directory of `path`: an address has room for a name, not for every path. */
static int enter_directory(const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int length = snprintf(directory, sizeof directory, "%.*s/", slash ? (int)(slash - path) : 0, path);

	if (length < 0 || (size_t)length >= sizeof directory)
		return fail_with("socket", path, ENAMETOOLONG);
	return chdir(directory) ? fail("socket", path) : 0;
}

/*
 * Bound under another name and then moved over the old one: at no time is there a socket of the right name that nobody
 * listens at, or one that others may open.
 */
static int bind_in_place(int fd, const char *path)
{
	struct sockaddr_un address;
	mode_t mask;
	int result;

	if (draft_address(path, &address) || enter_directory(path))
		return -1;
	if (unlink(address.sun_path) && errno != ENOENT)
		return fail("socket", path);
	mask = umask(0177);
	result = bind(fd, (const struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (result || listen(fd, BACKLOG) || rename(address.sun_path, path))
		return fail("socket", path);
	return 0;
}

int listener_open(const char *path)
{
	OWNED_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int result = fd < 0 ? fail("socket", path) : bind_in_place(fd, path);

	if (chdir("/"))
		return fail("socket", "/");
	return result ? -1 : take(&fd);
}

int listener_accept(int listener)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	OWNED_FD fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || peer.uid != 0)
		return -1;
	return take(&fd);
}
