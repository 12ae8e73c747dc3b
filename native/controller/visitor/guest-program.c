#include "syscalls.h"
#include "guest-program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "channel.h"
#include "cleanup.h"
#include "failure.h"
#include "likeness.h"
#include "rights.h"
#include "users.h"

/* The porter's end of the channel, once it has closed all that it need not have. */
#define CHANNEL 3

static _Noreturn void give_up(int channel)
{
	struct note note = { .kind = NOTE_FAILED, .failure = *last_failure() };

	channel_send(channel, &note, -1);
	_exit(127);
}

/* What it executes starts with it, and so does what its child executes. */
static int take_label(const struct program *program)
{
	char path[64];
	OWNED_FD fd = -1;
	size_t length;

	if (!program->label_attribute)
		return 0;
	length = strlen(program->label);
	snprintf(path, sizeof path, "/proc/self/attr/%s", program->label_attribute);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, program->label, length) != (ssize_t)length ? fail("label", program->label) : 0;
}

static int take_streams(const struct execution *execution)
{
	for (int i = 0; i < 3; i++)
		if (dup2(execution->streams[i], i) < 0)
			return fail("files", "");
	for (int i = 0; i < 3; i++)
		close(execution->streams[i]);
	return 0;
}

/* A frozen cgroup stops the process that joins it: whoever is at the other end of what it has open must not wait for it. */
static int join_cgroups(const struct execution *execution)
{
	for (uint32_t i = 0; i < execution->task_files.count; i++) {
		const char *path = execution->task_files.at[i];
		OWNED_FD tasks = open(path, O_WRONLY | O_CLOEXEC);

		if (tasks < 0 || write(tasks, "0", 1) != 1)
			return fail("cgroup", path);
	}
	return 0;
}

static int enter(const struct place *place)
{
	if (place_enter(place, RIGHTS_OF_GUEST))
		return -1;
	return fchdir(place->root) || chroot(".") ? fail("chroot", "") : 0;
}

static int keep_channel(int channel)
{
	if (channel != CHANNEL && dup3(channel, CHANNEL, O_CLOEXEC) < 0)
		return fail("files", "");
	return sys_close_range(CHANNEL + 1, ~0u, 0) ? fail("files", "") : 0;
}

static _Noreturn void be_program(const struct program *program)
{
	setsid();
	/* Neither is written to; the prototypes predate const. */
	environ = (char **)(uintptr_t)program->env.at;
	execvpe(program->argv.at[0], (char *const *)(uintptr_t)program->argv.at, environ);
	fail("exec", program->argv.at[0]);
	give_up(CHANNEL);
}

static int clone_program(const struct program *program)
{
	const struct note born = { .kind = NOTE_DONE };
	int pidfd = -1;
	struct clone_args arguments = { .flags = CLONE_PARENT | CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd };
	pid_t pid = sys_clone3(&arguments);

	if (pid == 0)
		be_program(program);
	return pid < 0 ? fail("clone", "program") : channel_send(CHANNEL, &born, pidfd);
}

static int carry(const struct place *place, const struct execution *execution, int *channel)
{
	const struct program *program = &execution->program;
	struct identity identity;

	close(DAEMON);
	if (take_streams(execution) || users_resolve(place->root, program->user, program->group, &identity))
		return -1;
	if (take_label(program) || join_cgroups(execution) || likeness_assume(place) || enter(place))
		return -1;
	if (keep_channel(*channel))
		return -1;
	*channel = CHANNEL;
	if (rights_give_up(program, &identity))
		return -1;
	if (chdir(program->directory))
		return fail("directory", program->directory);
	umask(022);
	return clone_program(program);
}

static _Noreturn void be_porter(const struct place *place, const struct execution *execution, int channel)
{
	if (carry(place, execution, &channel))
		give_up(channel);
	_exit(0);
}

static pid_t clone_porter(const struct execution *execution)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };
	OWNED_FD cgroup = -1;
	pid_t pid;

	if (execution->unified_directory) {
		cgroup = open(execution->unified_directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (cgroup < 0)
			return fail("cgroup", execution->unified_directory);
		arguments.flags = CLONE_INTO_CGROUP;
		arguments.cgroup = (uint64_t)cgroup;
	}
	pid = sys_clone3(&arguments);
	return pid < 0 ? fail("clone", "porter") : pid;
}

/* In the moment before it executes, a program can be made to send what the container likes. */
static bool is_own_child(int pidfd)
{
	siginfo_t info;

	return pidfd >= 0 && !waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT);
}

/* Of a program that could not be executed; others run. */
static void reap(int program)
{
	siginfo_t info;

	if (program >= 0)
		waitid((idtype_t)P_PIDFD, (id_t)program, &info, WEXITED);
}

/* Until the channel has ended, which is when the porter has ended and the program has executed or failed to. */
static int await_start(int channel)
{
	struct note note = { .kind = NOTE_NONE };
	bool failed = false;
	OWNED_FD program = -1;

	while (note.kind != NOTE_END) {
		int fd;

		if (channel_receive(channel, &note, &fd, 1))
			return -1;
		if (note.kind == NOTE_DONE && program < 0 && is_own_child(fd))
			program = take(&fd);
		drop(&fd);
		if (note.kind == NOTE_FAILED) {
			failed = true;
			adopt_failure(&note.failure);
		}
	}
	if (failed) {
		reap(program);
		return -1;
	}
	return program < 0 ? fail_with("program", "died", 0) : take(&program);
}

int guest_program_start(const struct place *place, const struct execution *execution)
{
	int ends[2], pidfd;
	pid_t porter;

	if (channel_open(ends))
		return -1;
	porter = clone_porter(execution);
	if (porter == 0) {
		close(ends[0]);
		be_porter(place, execution, ends[1]);
	}
	close(ends[1]);
	pidfd = porter < 0 ? -1 : await_start(ends[0]);
	close(ends[0]);
	if (porter > 0)
		waitpid(porter, NULL, 0);
	return pidfd;
}
