#include "console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"
#include "terminals.h"

/* Moves in each direction of one call of console_pump: who prints without end must not keep others waiting. */
#define TURNS 64

/* Shared by all consoles: holds bytes within one function only. */
static uint8_t scratch[MOVE_SIZE];

int console_open(struct console *console)
{
	*console = (struct console){ .guest = -1, .keep = -1 };
	console->host = terminal_open_host(&console->number);
	if (console->host < 0)
		return -1;
	/* A pty that was never opened does not say that nobody has it open; from the first close on it does. */
	close(terminal_peer(console->host));
	return 0;
}

void console_join(struct console *console, int guest)
{
	console->guest = guest;
	console->keep = terminal_peer(guest);
	if (console->keep < 0)
		complain("console", "peer", errno);
}

static bool has_reader(const struct console *console)
{
	struct pollfd host = { .fd = console->host };

	return poll(&host, 1, 0) == 0 || !(host.revents & POLLHUP);
}

/* Bytes written, 0 if it takes none now. */
static uint32_t put(int fd, const uint8_t *bytes, uint32_t length)
{
	ssize_t done = length ? write(fd, bytes, length) : 0;

	return done > 0 ? (uint32_t)done : 0;
}

static bool map_ring(struct console *console)
{
	void *ring;

	if (console->ring)
		return true;
	ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ring == MAP_FAILED)
		return false;
	console->ring = ring;
	return true;
}

/* Gives the host's pty what it takes of the ring. */
static uint32_t flush(struct console *console)
{
	uint32_t sum = 0, done;

	do {
		uint32_t run = RING_SIZE - console->head;

		done = console->fill ? put(console->host, console->ring + console->head, run < console->fill ? run : console->fill) : 0;
		console->head = (console->head + done) % RING_SIZE;
		console->fill -= done;
		sum += done;
	} while (done);
	if (sum) {
		console->stalled = false;
		console->waiting_since = 0;
	}
	return sum;
}

/* Throws away what the host's pty holds: the oldest bytes. */
static void discard_held(const struct console *console)
{
	OWNED_FD peer = terminal_peer(console->host);

	while (peer >= 0 && read(peer, scratch, sizeof scratch) > 0)
		;
}

/* Whether the ring can take a read of the container now; makes room if nobody may be waited for. */
static bool make_room(struct console *console, uint64_t now)
{
	uint32_t room = RING_SIZE - console->fill, need = sizeof scratch;

	if (room >= need)
		return true;
	if (!has_reader(console)) {
		console->waiting_since = 0;
		discard_held(console);
		flush(console);
		room = RING_SIZE - console->fill;
	} else if (!console->stalled) {
		if (!console->waiting_since)
			console->waiting_since = now;
		console->stalled = now - console->waiting_since >= READER_PATIENCE;
		if (!console->stalled)
			return false;
	}
	if (room < need) {
		console->head = (console->head + need - room) % RING_SIZE;
		console->fill -= need - room;
	}
	return true;
}

static void append(struct console *console, const uint8_t *bytes, uint32_t length)
{
	uint32_t tail = (console->head + console->fill) % RING_SIZE;
	uint32_t run = RING_SIZE - tail < length ? RING_SIZE - tail : length;

	if (!length || !map_ring(console))
		return;
	memcpy(console->ring + tail, bytes, run);
	memcpy(console->ring, bytes + run, length - run);
	console->fill += length;
}

/* The container hung its terminal up (as getty does): our own end of it is dead, and a new one brings it back. */
static void revive(struct console *console)
{
	close_owned(&console->keep);
	console->keep = terminal_peer(console->guest);
}

static bool move_output(struct console *console, uint64_t now)
{
	bool moved = flush(console) > 0;
	uint32_t direct;
	ssize_t length;

	if (console->guest < 0 || !make_room(console, now))
		return moved;
	length = read(console->guest, scratch, sizeof scratch);
	if (length < 0 && errno == EIO) {
		revive(console);
		length = read(console->guest, scratch, sizeof scratch);
	}
	if (length <= 0)
		return moved;
	direct = console->fill ? 0 : put(console->host, scratch, (uint32_t)length);
	append(console, scratch + direct, (uint32_t)length - direct);
	return true;
}

static bool move_input(struct console *console)
{
	uint32_t done;
	ssize_t length;

	if (!console->typed_fill) {
		length = read(console->host, console->typed, sizeof console->typed);
		if (length <= 0)
			return false;
		console->typed_fill = (uint32_t)length;
	}
	done = console->guest < 0 ? 0 : put(console->guest, console->typed, console->typed_fill);
	memmove(console->typed, console->typed + done, console->typed_fill - done);
	console->typed_fill -= done;
	return done > 0;
}

bool console_pump(struct console *console, uint64_t now)
{
	bool output = true, input = true;

	for (int turn = 0; output && turn < TURNS; turn++)
		output = move_output(console, now);
	for (int turn = 0; input && turn < TURNS; turn++)
		input = move_input(console);
	return output || input;
}

int console_timeout(const struct console *console, uint64_t now)
{
	uint64_t due = console->waiting_since + READER_PATIENCE;

	if (!console->waiting_since || console->stalled)
		return -1;
	return due > now ? (int)(due - now) : 0;
}

bool console_unread(const struct console *console)
{
	struct pollfd user = { .fd = -1, .events = POLLIN };
	OWNED_FD peer = -1;

	if (!has_reader(console))
		return false;
	if (console->fill)
		return true;
	/* Unlike FIONREAD, poll also knows of what is still on its way from one end to the other. */
	peer = terminal_peer(console->host);
	user.fd = peer;
	return peer >= 0 && poll(&user, 1, 0) > 0 && (user.revents & POLLIN);
}
