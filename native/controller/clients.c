#include "clients.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

void clients_open(struct clients *clients)
{
	for (int i = 0; i < CLIENT_LIMIT; i++)
		clients->at[i] = (struct client){ .fd = -1, .passed = -1 };
}

int clients_add(struct clients *clients, int fd)
{
	for (int i = 0; i < CLIENT_LIMIT; i++) {
		if (clients->at[i].fd >= 0)
			continue;
		clients->at[i] = (struct client){ .fd = fd, .passed = -1 };
		return i;
	}
	close(fd);
	return -1;
}

bool clients_any(const struct clients *clients)
{
	for (int i = 0; i < CLIENT_LIMIT; i++)
		if (clients->at[i].fd >= 0)
			return true;
	return false;
}

static void forget(struct client *client)
{
	drop(&client->fd);
	drop(&client->passed);
	client->fill = 0;
}

/* One that does not even read its few messages is dropped; it can connect again. */
void client_tell(struct client *client, const uint8_t *message, size_t size)
{
	if (client->fd >= 0 && send(client->fd, message, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size)
		forget(client);
}

void clients_tell_all(struct clients *clients, const uint8_t *message, size_t size)
{
	for (int i = 0; i < CLIENT_LIMIT; i++)
		client_tell(&clients->at[i], message, size);
}

/* Receives bytes, and the descriptor that came with the first of them. */
static ssize_t receive(struct client *client)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = { client->received + client->fill, sizeof client->received - client->fill };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control.space,
	};
	ssize_t length = recvmsg(client->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
		drop(&client->passed);
		memcpy(&client->passed, CMSG_DATA(header), sizeof client->passed);
	}
	return length;
}

bool client_hear(struct client *client)
{
	struct command command;
	ssize_t length = receive(client);

	if (length < 0 && errno == EAGAIN)
		return true;
	if (length > 0) {
		client->fill += (uint32_t)length;
		if (command_decode(client->received, client->fill, &command) >= 0)
			return true;
	}
	forget(client);
	return false;
}

bool client_next(struct client *client, struct command *command)
{
	int size = command_decode(client->received, client->fill, command);

	if (size <= 0)
		return false;
	client->fill -= (uint32_t)size;
	memmove(client->received, client->received + size, client->fill);
	return true;
}

int client_take_passed(struct client *client)
{
	return take(&client->passed);
}
