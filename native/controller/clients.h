/* The daemons that are connected: usually one, none while it is restarted. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include "messages.h"

/* More at the same time are turned away. */
#define CLIENT_LIMIT 8

struct client {
	int fd; /* -1: free */
	uint8_t received[COMMAND_SIZE];
	uint32_t fill;
	/* Came with what was received last; -1: none. */
	int passed;
};

struct clients {
	struct client at[CLIENT_LIMIT];
};

void clients_open(struct clients *clients);
/* Takes `fd` over and returns its index; -1 when there is no room, and it is closed. */
int clients_add(struct clients *clients, int fd);
bool clients_any(const struct clients *clients);
void clients_tell_all(struct clients *clients, const uint8_t *message, size_t size);

void client_tell(struct client *client, const uint8_t *message, size_t size);
/* Receives what has come. False: the client has left or said what is no command, and is forgotten. */
bool client_hear(struct client *client);
/* The descriptor that came with a command, for the caller to close; -1: none. */
int client_take_passed(struct client *client);
/* Takes the next complete command of what was received. False: none. */
bool client_next(struct client *client, struct command *command);

#endif
