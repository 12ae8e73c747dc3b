#include "answer.h"

#include <errno.h>
#include <sys/socket.h>

#include "failure.h"
#include "place.h"

#define FAILURE_SIZE 2048

static struct writer begin(uint8_t *buffer, size_t size, bool good)
{
	struct writer w = { .at = buffer + 4, .end = buffer + size };

	write_u32(&w, good);
	return w;
}

struct writer answer_begin(uint8_t *buffer, size_t size)
{
	return begin(buffer, size, true);
}

int answer_send(uint8_t *buffer, const struct writer *w)
{
	size_t left = (size_t)(w->at - buffer);
	struct writer length = { .at = buffer, .end = buffer + 4 };

	if (w->bad)
		return fail_with("answer", "", EMSGSIZE);
	write_u32(&length, (uint32_t)(left - 4));
	while (left) {
		ssize_t sent = send(DAEMON, buffer, left, MSG_NOSIGNAL);

		if (sent < 0)
			return fail("answer", "");
		buffer += sent;
		left -= (size_t)sent;
	}
	return 0;
}

int answer_failed(void)
{
	uint8_t buffer[FAILURE_SIZE];
	const struct failure *failure = last_failure();
	struct writer w = begin(buffer, sizeof buffer, false);

	write_string(&w, failure->step);
	write_string(&w, failure->path);
	write_u32(&w, (uint32_t)failure->error);
	return answer_send(buffer, &w);
}
