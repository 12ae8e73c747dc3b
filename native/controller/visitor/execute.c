#include "syscalls.h"
#include "execute.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "answer.h"
#include "cleanup.h"
#include "failure.h"
#include "guest-program.h"
#include "messages.h"
#include "plan-parts.h"
#include "requests.h"
#include "rights.h"
#include "spawn.h"

/* The program's streams, after the descriptors of every visitor. */
#define STREAMS (INIT + 1)
#define RIGHTS_KEPT (1u << 5 /* CAP_KILL */)

static int decode(struct execution *execution, struct arena *arena, struct bytes document)
{
	struct reader r = { .at = document.at, .end = document.at + document.length, .arena = arena };

	*execution = (struct execution){ .streams = { STREAMS, STREAMS + 1, STREAMS + 2 } };
	if (read_u32(&r) != PLAN_VERSION)
		return fail_with("plan", "version", EPROTO);
	execution->task_files = read_strings(&r);
	execution->unified_directory = read_optional_string(&r);
	read_program(&r, &execution->program);
	return r.bad || r.at != r.end ? fail_with("plan", "document", EPROTO) : 0;
}

/* The pid that a child has in the innermost of the namespaces that it has one in. */
static int pid_inside(int pidfd, uint32_t *pid)
{
	char path[32], line[256];
	pid_t outside = spawn_pid_of(pidfd);
	FILE *status;

	if (outside <= 0)
		return outside < 0 ? -1 : fail_with("pid", "", ESRCH);
	snprintf(path, sizeof path, "/proc/%d/status", outside);
	status = fopen(path, "re");
	if (!status)
		return fail("pid", path);
	*pid = 0;
	while (!*pid && fgets(line, sizeof line, status))
		if (!strncmp(line, "NSpid:", 6))
			*pid = (uint32_t)strtoul(strrchr(line, '\t') + 1, NULL, 10);
	fclose(status);
	return *pid ? 0 : fail_with("pid", path, ESRCH);
}

static int start(int *program, uint32_t *pid)
{
	struct place place;
	struct arena arena;
	struct execution execution;
	struct bytes document;

	if (arena_open(&arena) || message_receive_plan(DAEMON, &arena, &document) || decode(&execution, &arena, document))
		return -1;
	if (place_open(&place, INIT))
		return -1;
	*program = guest_program_start(&place, &execution);
	if (*program < 0 || pid_inside(*program, pid))
		return -1;
	sys_close_range(STREAMS, STREAMS + 2, 0);
	close(place.root);
	close(place.process);
	return rights_limit(RIGHTS_KEPT);
}

static int answer_pid(uint32_t pid)
{
	uint8_t buffer[64];
	struct writer w = answer_begin(buffer, sizeof buffer);

	write_u32(&w, pid);
	return answer_send(buffer, &w);
}

static int answer_end(int program)
{
	uint8_t buffer[64];
	struct writer w = answer_begin(buffer, sizeof buffer);
	siginfo_t info = { 0 };

	if (waitid((idtype_t)P_PIDFD, (id_t)program, &info, WEXITED))
		return fail("wait", "");
	write_u32(&w, info.si_code != CLD_EXITED);
	write_u32(&w, (uint32_t)info.si_status);
	return answer_send(buffer, &w);
}

/* 0: there is no connection any more. */
static int obey(int program)
{
	uint8_t message[4];
	int length = request_receive(message, sizeof message);
	struct reader r = { .at = message, .end = message + length };

	if (length != sizeof message)
		return 0;
	/* That it has ended is told anyway, and a number that is no signal's is without effect. */
	sys_pidfd_send_signal(program, (int)read_u32(&r));
	return 1;
}

static int supervise(int program)
{
	struct pollfd about[] = { { .fd = DAEMON, .events = POLLIN }, { .fd = program, .events = POLLIN } };

	for (;;) {
		if (poll(about, 2, -1) < 0 && errno != EINTR)
			return fail("poll", "");
		if (about[1].revents)
			return answer_end(program);
		if (about[0].revents && !obey(program))
			return 0;
	}
}

int execute_serve(void)
{
	int program = -1;
	uint32_t pid;

	if (start(&program, &pid))
		return answer_failed();
	return answer_pid(pid) ? -1 : supervise(program);
}
