#include "listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"

#define BACKLOG 4

/*
 * Bound under another name and then moved over the old one: at no time is there a socket of the right name that nobody
 * listens at, or one that others may open.
 */
int listener_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int length, result;
	OWNED_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail("socket", path);
	length = snprintf(address.sun_path, sizeof address.sun_path, "%s~", path);
	if (length < 0 || (size_t)length >= sizeof address.sun_path)
		return fail_with("socket", path, ENAMETOOLONG);
	if (unlink(address.sun_path) && errno != ENOENT)
		return fail("socket", path);
	mask = umask(0177);
	result = bind(fd, (const struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (result || listen(fd, BACKLOG) || rename(address.sun_path, path))
		return fail("socket", path);
	return take(&fd);
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
