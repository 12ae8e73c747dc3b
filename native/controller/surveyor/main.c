/*
 * lxvirt-surveyor: tells what is in a directory, what lies under many of its names, and how these files begin, in a few
 * system calls for each that cost the daemon nothing. Like the controller it decides nothing; it ends with the connection
 * to the daemon.
 *
 *   lxvirt-surveyor OFFSET LENGTH [OFFSET LENGTH]...    which pieces of each file to read
 *   0, 1, 2  /dev/null    3  a connected stream socket to the daemon    4  the directory
 *
 * A request is a length (4 bytes, of what follows), then XDR:
 *   0                                              every name of the directory, and what kind it is said to be
 *   1, a count, that many of { name, kind, when    what lies under each of the names. The daemon knows a file already that
 *   the file changed as far as the daemon knows }  has not changed since; kind is what the first request has told of it
 * Answers: messages with a count (never 0) and that many names, or reports (survey.h). The first request is answered by
 * a message with 0 at the end, the second when there is a report for each of its names. The other side:
 * native/survey/surveyor.ts.
 */
#include "../syscalls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "../failure.h"
#include "../visitor/requests.h"
#include "answers.h"
#include "list.h"
#include "survey.h"

#define FIRST_FREE 5
#define REQUEST_SIZE (1 << 17)

enum request { REQUEST_LIST, REQUEST_LOOK };

static int parse_number(const char *text, uint64_t most, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	return *text == '\0' || *end != '\0' || *value > most ? -1 : 0;
}

static int parse_pieces(char **texts, struct pieces *pieces)
{
	uint64_t room = PIECES_SIZE;

	for (; texts[0] && texts[1]; texts += 2) {
		uint64_t offset, length;

		if (pieces->count == PIECES_MAX || parse_number(texts[0], INT64_MAX - PIECES_SIZE, &offset) ||
		    parse_number(texts[1], room, &length))
			return -1;
		room -= length;
		pieces->at[pieces->count++] = (struct piece){ .offset = (off_t)offset, .length = (size_t)length };
	}
	return texts[0] ? -1 : 0;
}

static int malformed(void)
{
	return fail_with("request", "", EPROTO);
}

/* A name of the list; false for a broken one. */
static bool read_entry(struct reader *r, struct entry *entry)
{
	struct bytes name = read_bytes(r);

	entry->kind = read_u32(r);
	entry->changed = (int64_t)read_u64(r);
	if (r->bad || name.length == 0 || name.length >= sizeof entry->name || memchr(name.at, '/', name.length))
		return false;
	memcpy(entry->name, name.at, name.length);
	entry->name[name.length] = '\0';
	return true;
}

static int look(struct reader *r, const struct pieces *pieces, struct answers *answers)
{
	struct entry entry;

	for (uint32_t left = read_u32(r); left; left--) {
		if (!read_entry(r, &entry))
			return malformed();
		survey(&entry, pieces, answers_next(answers));
		if (answers_added(answers))
			return -1;
	}
	return answers_flush(answers);
}

static int serve(struct reader *r, const struct pieces *pieces, struct answers *answers)
{
	switch (read_u32(r)) {
	case REQUEST_LIST:
		return list(answers);
	case REQUEST_LOOK:
		return look(r, pieces, answers);
	default:
		return malformed();
	}
}

int main(int argc, char **argv)
{
	static uint8_t request[REQUEST_SIZE];
	static struct answers answers;
	struct pieces pieces = { .count = 0 };
	int length;

	if (argc < 1 || parse_pieces(argv + 1, &pieces)) {
		complain("usage:", "lxvirt-surveyor OFFSET LENGTH...", 0);
		return 2;
	}
	if (prctl(PR_SET_NAME, "lxvirt-surveyor", 0, 0, 0) || chdir("/") || sys_close_range(FIRST_FREE, ~0u, 0))
		return 1;
	while ((length = request_receive(request, sizeof request)) > 0) {
		struct reader r = { .at = request, .end = request + length };

		answers_begin(&answers);
		if (serve(&r, &pieces, &answers))
			return 1;
	}
	return length ? 1 : 0;
}
