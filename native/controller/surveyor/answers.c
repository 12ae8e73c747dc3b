#include "answers.h"

#include <unistd.h>

#include "../failure.h"

#define DAEMON 3
#define HEAD_SIZE 8

void answers_begin(struct answers *answers)
{
	answers->count = 0;
	answers->w = (struct writer){ .at = answers->buffer + HEAD_SIZE, .end = answers->buffer + sizeof answers->buffer };
}

struct writer *answers_next(struct answers *answers)
{
	return &answers->w;
}

static int send_message(struct answers *answers)
{
	const uint8_t *at = answers->buffer, *end = answers->w.at;
	struct writer head = { .at = answers->buffer, .end = answers->buffer + HEAD_SIZE };

	write_u32(&head, (uint32_t)(end - at - 4));
	write_u32(&head, answers->count);
	while (at < end) {
		ssize_t sent = write(DAEMON, at, (size_t)(end - at));

		if (sent < 0)
			return fail("answer", "");
		at += sent;
	}
	answers_begin(answers);
	return 0;
}

int answers_added(struct answers *answers)
{
	answers->count++;
	return answers->w.end - answers->w.at < REPORT_SIZE ? send_message(answers) : 0;
}

int answers_flush(struct answers *answers)
{
	return answers->count ? send_message(answers) : 0;
}

int answers_end(struct answers *answers)
{
	return answers_flush(answers) ? -1 : send_message(answers);
}
