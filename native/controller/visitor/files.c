#include "syscalls.h"
#include "files.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include "answer.h"
#include "failure.h"
#include "file-requests.h"
#include "requests.h"
#include "rights.h"
#include "rooted.h"

/* chown, dac_override, dac_read_search, fowner, fsetid, linux_immutable, mac_override: what file systems ask for. */
#define FILE_RIGHTS (1ull << 0 | 1ull << 1 | 1ull << 2 | 1ull << 3 | 1ull << 4 | 1ull << 9 | 1ull << 32)

static uint8_t incoming[FILE_MESSAGE_SIZE], outgoing[FILE_MESSAGE_SIZE];

/* Into the container for good. */
static int settle(struct session *session, uint64_t capabilities)
{
	if (place_open(&session->place, INIT) || rooted_keep_proc() || place_enter(&session->place, RIGHTS_OF_GUEST))
		return -1;
	if (fchdir(session->place.root) || chroot("."))
		return fail("chroot", "");
	handles_open(&session->handles);
	return rights_bound(0) ? -1 : rights_limit(capabilities & FILE_RIGHTS);
}

/* The first message: with which of the container's capabilities. */
static int begin(struct session *session)
{
	int length = request_receive(incoming, sizeof incoming);
	struct reader r = { .at = incoming, .end = incoming + (length > 0 ? length : 0) };
	uint64_t capabilities = read_u64(&r);
	struct writer w = answer_begin(outgoing, sizeof outgoing);

	if (r.bad || r.at != r.end)
		return fail_with("request", "", EPROTO);
	return settle(session, capabilities) ? -1 : answer_send(outgoing, &w);
}

static int answer(struct session *session, struct reader *r)
{
	struct writer w = answer_begin(outgoing, sizeof outgoing);

	return file_request(session, r, &w) ? answer_failed() : answer_send(outgoing, &w);
}

/* Whether there may be a request. A session must not outlive its container, whose namespaces and mounts it holds. */
static bool await_request(void)
{
	struct pollfd about[] = { { .fd = DAEMON, .events = POLLIN }, { .fd = INIT, .events = POLLIN } };

	while (poll(about, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	return !about[1].revents;
}

static int serve(struct session *session, struct arena *arena)
{
	int length = 0;

	while (await_request() && (length = request_receive(incoming, sizeof incoming)) > 0) {
		struct reader r = { .at = incoming, .end = incoming + length, .arena = arena };

		arena_reset(arena);
		if (answer(session, &r))
			return -1;
	}
	return length < 0 ? -1 : 0;
}

int files_serve(void)
{
	struct session session;
	struct arena arena;
	int result;

	/* A pipe of the container's that nobody reads any more is no end of the session. */
	signal(SIGPIPE, SIG_IGN);
	if (arena_open(&arena) || begin(&session))
		return answer_failed();
	result = serve(&session, &arena);
	handles_close(&session.handles);
	return result;
}
