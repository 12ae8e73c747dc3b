/*
 * One console: bytes pass between the container's terminal and the pty on the host that users open.
 *
 * The container never waits for a reader that is not there or does not read. What was printed meanwhile is kept, the
 * oldest in the host pty's own buffer (so that a reader gets it without our help, and its reading wakes us), the rest
 * in a ring; when both are full the oldest goes. A reader that reads slows the container down, so nothing is lost.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes that are moved at once. */
#define MOVE_SIZE (16u << 10)
/* Bytes kept at least of what nobody has read, and the ring that does so with room for one move more. */
#define KEPT_SIZE (64u << 10)
#define RING_SIZE (KEPT_SIZE + MOVE_SIZE)
/* Milliseconds that a reader may pause before the container no longer waits for it. */
#define READER_PATIENCE 3000

struct console {
	/* Controlling end of the host's pty, and its number. */
	int host;
	unsigned int number;
	/* Controlling end of the container's terminal, and one user's end, which keeps it alive; -1 until it exists. */
	int guest;
	int keep;
	/* Printed and not taken yet: a ring, mapped at first need. */
	uint8_t *ring;
	uint32_t head, fill;
	/* Typed and not taken yet. */
	uint8_t typed[1024];
	uint32_t typed_fill;
	/* Since when (ms, monotonic) a reader has been there without taking anything while the ring is full; 0: not so. */
	uint64_t waiting_since;
	/* The reader's patience is over: nobody waits for it until it reads again. */
	bool stalled;
};

int console_open(struct console *console);
/* Takes the container's end over. */
void console_join(struct console *console, int guest);
/* Moves what can be moved now; both descriptors are non-blocking and watched edge-triggered. True: there may be more. */
bool console_pump(struct console *console, uint64_t now);
/* Milliseconds until console_pump must be called although nothing happened; -1: never. */
int console_timeout(const struct console *console, uint64_t now);
/* Whether somebody has it open and has not read everything yet. */
bool console_unread(const struct console *console);

#endif
