#include "channel.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

union control {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) ? fail("socketpair", "") : 0;
}

int channel_send(int channel, const struct note *note, int fd)
{
	/* sendmsg does not write to it. */
	struct iovec part = { .iov_base = (void *)(uintptr_t)note, .iov_len = sizeof *note };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control = { .space = { 0 } };

	if (fd >= 0) {
		control.align = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof fd),
		};
		memcpy(CMSG_DATA(&control.align), &fd, sizeof fd);
		message.msg_control = &control;
		message.msg_controllen = sizeof control.space;
	}
	return sendmsg(channel, &message, MSG_NOSIGNAL) < 0 ? fail("channel", "send") : 0;
}

int channel_receive(int channel, struct note *note, int *fd, int wait)
{
	struct iovec part = { .iov_base = note, .iov_len = sizeof *note };
	union control control;
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control.space,
	};
	ssize_t length = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	struct cmsghdr *header;

	*fd = -1;
	if (length < 0 && errno == EAGAIN) {
		note->kind = NOTE_NONE;
		return 0;
	}
	/* A reset is the end too: of a process that died with notes unread. */
	if (length == 0 || (length < 0 && errno == ECONNRESET)) {
		note->kind = NOTE_END;
		return 0;
	}
	if (length < 0)
		return fail("channel", "receive");
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof *fd);
	if (length == sizeof *note)
		return 0;
	drop(fd);
	return fail_with("channel", "receive", EPROTO);
}
