/*
 * What passes between controller and daemon: a length (4 bytes, of what follows), then XDR. The first thing that a
 * daemon sends is the plan; all else is here. The other side: native/launch/messages.ts. These messages outlive a build: a
 * daemon adopts the controllers of the one before it, so what is here stays as it is and only more is added.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "failure.h"
#include "xdr.h"

enum command_kind {
	COMMAND_GO = 1,
	COMMAND_SIGNAL = 2,
	/* Comes with an open loop device, to be kept open until it is released. */
	COMMAND_HOLD = 3,
	COMMAND_RELEASE = 4
};

struct command {
	enum command_kind kind;
	/* The signal, or the loop device's number. */
	uint32_t number;
};

enum outcome_kind { OUTCOME_EXIT, OUTCOME_SIGNAL, OUTCOME_REBOOT, OUTCOME_POWEROFF };

struct outcome {
	enum outcome_kind kind;
	/* The exit status or the signal. */
	uint32_t value;
};

struct created {
	pid_t controller, init;
	uint32_t console_count;
	const unsigned int *consoles; /* numbers of /dev/pts */
	uint32_t loop_count;
	const int *loops; /* numbers of /dev/loop */
	bool running;
	/* What else than GO and SIGNAL it obeys: older ones say nothing here. */
	bool holds;
};

/* Each writes one message with its length into `buffer` and returns its size; all of them fit. */
#define MESSAGE_SIZE 4096
size_t message_created(uint8_t *buffer, const struct created *created);
size_t message_running(uint8_t *buffer);
size_t message_failed(uint8_t *buffer, const struct failure *failure);
size_t message_exited(uint8_t *buffer, struct outcome outcome);

#define COMMAND_SIZE 12
/* Decodes the first command of `length` bytes: its size, 0 if it is not complete yet, -1 if it is none. */
int command_decode(const uint8_t *bytes, size_t length, struct command *command);

/* Blocks until the whole plan has come, and puts it into the arena. */
int message_receive_plan(int socket, struct arena *arena, struct bytes *document);

#endif
