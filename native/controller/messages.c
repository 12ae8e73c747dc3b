#include "messages.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "plan.h"

enum message_kind { MESSAGE_CREATED = 1, MESSAGE_RUNNING = 2, MESSAGE_FAILED = 3, MESSAGE_EXITED = 4 };

static struct writer begin(uint8_t *buffer, enum message_kind kind)
{
	struct writer w = { .at = buffer + 4, .end = buffer + MESSAGE_SIZE };

	write_u32(&w, kind);
	return w;
}

static size_t finish(uint8_t *buffer, const struct writer *w)
{
	size_t size = (size_t)(w->at - buffer);
	struct writer length = { .at = buffer, .end = buffer + 4 };

	write_u32(&length, (uint32_t)(size - 4));
	return size;
}

static void write_device(struct writer *w, const char *prefix, unsigned int number)
{
	char path[32];

	snprintf(path, sizeof path, "%s%u", prefix, number);
	write_string(w, path);
}

size_t message_created(uint8_t *buffer, const struct created *created)
{
	struct writer w = begin(buffer, MESSAGE_CREATED);

	write_u32(&w, (uint32_t)created->controller);
	write_u32(&w, (uint32_t)created->init);
	write_u32(&w, created->console_count);
	for (uint32_t i = 0; i < created->console_count; i++)
		write_device(&w, "/dev/pts/", created->consoles[i]);
	write_u32(&w, created->loop_count);
	for (uint32_t i = 0; i < created->loop_count; i++)
		write_device(&w, "/dev/loop", (unsigned)created->loops[i]);
	write_u32(&w, created->running);
	write_u32(&w, created->holds);
	return finish(buffer, &w);
}

size_t message_running(uint8_t *buffer)
{
	struct writer w = begin(buffer, MESSAGE_RUNNING);

	return finish(buffer, &w);
}

size_t message_failed(uint8_t *buffer, const struct failure *failure)
{
	struct writer w = begin(buffer, MESSAGE_FAILED);

	write_string(&w, failure->step);
	write_string(&w, failure->path);
	write_u32(&w, (uint32_t)failure->error);
	return finish(buffer, &w);
}

size_t message_exited(uint8_t *buffer, struct outcome outcome)
{
	struct writer w = begin(buffer, MESSAGE_EXITED);

	write_u32(&w, outcome.kind);
	write_u32(&w, outcome.value);
	return finish(buffer, &w);
}

int command_decode(const uint8_t *bytes, size_t length, struct command *command)
{
	struct reader r = { .at = bytes, .end = bytes + length };
	uint32_t size;

	if (length < 4)
		return 0;
	size = read_u32(&r);
	if (size < 4 || size > COMMAND_SIZE - 4)
		return -1;
	if (length < 4 + size)
		return 0;
	r.end = bytes + 4 + size;
	*command = (struct command){ .kind = read_u32(&r) };
	if (command->kind < COMMAND_GO || command->kind > COMMAND_RELEASE)
		return -1;
	if (command->kind != COMMAND_GO)
		command->number = read_u32(&r);
	return r.bad || r.at != r.end ? -1 : (int)size + 4;
}

static int read_all(int socket, uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t done = read(socket, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return fail_with("plan", "read", done ? errno : EPIPE);
		bytes += done;
		length -= (size_t)done;
	}
	return 0;
}

int message_receive_plan(int socket, struct arena *arena, struct bytes *document)
{
	uint8_t head[4], *body;
	struct reader r = { .at = head, .end = head + sizeof head };

	if (read_all(socket, head, sizeof head))
		return -1;
	document->length = read_u32(&r);
	if (document->length > PLAN_LIMIT)
		return fail_with("plan", "read", EMSGSIZE);
	body = arena_take(arena, document->length, 1);
	if (!body)
		return fail_with("plan", "read", ENOMEM);
	document->at = body;
	return read_all(socket, body, document->length);
}
