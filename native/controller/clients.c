#include "clients.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

void clients_open(struct clients *clients)
{
	for (int i = 0; i < CLIENT_LIMIT; i++)
		clients->at[i] = (struct client){ .fd = -1 };
}

int clients_add(struct clients *clients, int fd)
{
	for (int i = 0; i < CLIENT_LIMIT; i++) {
		if (clients->at[i].fd >= 0)
			continue;
		clients->at[i] = (struct client){ .fd = fd };
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

bool client_hear(struct client *client)
{
	struct command command;
	ssize_t length = recv(client->fd, client->received + client->fill, sizeof client->received - client->fill,
		MSG_DONTWAIT);

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
