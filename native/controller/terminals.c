#include "terminals.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "channel.h"
#include "cleanup.h"
#include "failure.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static int unlock(int controlling)
{
	int locked = 0;

	return ioctl(controlling, TIOCSPTLCK, &locked);
}

int terminal_peer(int controlling)
{
	return ioctl(controlling, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

int terminal_open_host(unsigned int *number)
{
	struct termios mode;
	OWNED_FD fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || unlock(fd) || ioctl(fd, TIOCGPTN, number) || tcgetattr(fd, &mode))
		return fail("pty", "/dev/ptmx");
	/* The container's terminal cooks and echoes; this one only carries bytes. */
	cfmakeraw(&mode);
	if (tcsetattr(fd, TCSANOW, &mode))
		return fail("pty", "/dev/ptmx");
	return take(&fd);
}

/* Opens one console, with its controlling end on the way to the controller; returns the program's end. */
static int open_console(struct init *init, int devpts, const struct operation *op)
{
	const char *path = op->consoles.devpts;
	const struct note note = { .kind = NOTE_CONSOLE };
	OWNED_FD controlling = openat(devpts, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	OWNED_FD peer = -1;

	if (controlling < 0 || unlock(controlling))
		return fail("consoles", path);
	peer = ioctl(controlling, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (peer < 0 || fchown(peer, op->consoles.uid, op->consoles.gid) || fchmod(peer, op->consoles.mode))
		return fail("consoles", path);
	return channel_send(init->channel, &note, controlling) ? -1 : take(&peer);
}

int terminals_open(struct init *init, int devpts, const struct operation *op)
{
	for (uint32_t i = 0; i < op->consoles.count; i++) {
		OWNED_FD console = open_console(init, devpts, op);

		if (console < 0)
			return -1;
		if (init->terminal < 0)
			init->terminal = take(&console);
	}
	return 0;
}
