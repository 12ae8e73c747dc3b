#include "syscalls.h"
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>

#include "channel.h"
#include "cleanup.h"
#include "failure.h"
#include "mounts.h"
#include "operations.h"
#include "rights.h"
#include "stage.h"
#include "view.h"

/* The controller's way of handling signals is not the program's. */
static int reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) || signal(SIGPIPE, SIG_DFL) == SIG_ERR)
		return fail("signals", "");
	return 0;
}

/*
 * Into the v1 cgroups. "0" in `tasks` is the writer itself, which the kernel moves without waiting for a grace period
 * of RCU; a pid in `cgroup.procs` costs 7 to 18 ms. The files were opened with the host's rights.
 */
static int join_cgroups(const struct init *init)
{
	for (uint32_t i = 0; i < init->plan->task_files.count; i++) {
		if (write(init->tasks[i], "0", 1) != 1)
			return fail("cgroup", init->plan->task_files.at[i]);
		close(init->tasks[i]);
	}
	return 0;
}

static int expect(struct init *init, enum note_kind kind)
{
	struct note note;
	int fd;

	if (channel_receive(init->channel, &note, &fd, 1))
		return -1;
	drop(&fd);
	return note.kind == kind ? 0 : fail_with("channel", "closed", EPIPE);
}

/* Below a user namespace: becomes its root. What it owns in /proc must be its own again for it to write there. */
static int become_root(struct init *init)
{
	if (!(init->plan->namespaces & CLONE_NEWUSER))
		return 0;
	if (expect(init, NOTE_MAPPED))
		return -1;
	if (setgroups(0, NULL) || setresgid(0, 0, 0) || setresuid(0, 0, 0))
		return fail("setuid", "");
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) ? fail("setuid", "dumpable") : 0;
}

/* The cgroups that it has joined are the tops of what it sees from here on: clone would take the controller's. */
static int own_cgroups(const struct init *init)
{
	return init->plan->namespaces & CLONE_NEWCGROUP && sys_unshare(CLONE_NEWCGROUP) ? fail("unshare", "cgroup") : 0;
}

/* Nothing that is mounted from here on reaches the host; then the container's root gets a place to be entered from. */
static int attach_root(struct init *init)
{
	const char *place = init->plan->root_mount_point;

	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return fail("mount", "/");
	if (stage_take(init->plan))
		return -1;
	if (sys_move_mount(init->plan->root.tree, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH))
		return fail("mount", place);
	init->root = init->plan->root.tree;
	return 0;
}

int init_await_go(struct init *init)
{
	if (!init->told_to_go && expect(init, NOTE_GO))
		return -1;
	init->told_to_go = true;
	return 0;
}

static int perform_operations(struct init *init)
{
	for (uint32_t i = 0; i < init->plan->operation_count; i++)
		if (operation_perform(init, &init->plan->operations[i]))
			return -1;
	return init_await_go(init);
}

/* The label takes effect at exec, but the file is reached through the /proc of the host: -1 failed, or none if `*fd` is -1. */
static int open_label(const struct init *init, int *fd)
{
	char path[64];
	const char *attribute = init->plan->program.label_attribute;

	*fd = -1;
	if (!attribute)
		return 0;
	snprintf(path, sizeof path, "/proc/self/attr/%s", attribute);
	*fd = open(path, O_WRONLY | O_CLOEXEC);
	return *fd < 0 ? fail("label", path) : 0;
}

/* The old root lies on top of the new one after pivot_root(".", "."), where it can be taken away. */
static int enter_root(const struct init *init)
{
	if (fchdir(init->root) || sys_pivot_root(".", "."))
		return fail("pivot_root", init->plan->root_mount_point);
	if (umount2(".", MNT_DETACH) || chdir("/"))
		return fail("umount", "/");
	return 0;
}

static int open_session(struct init *init)
{
	int standard = init->plan->program.terminal && init->terminal >= 0 ? init->terminal : STDIN_FILENO;

	if (setsid() < 0)
		return fail("setsid", "");
	if (standard != STDIN_FILENO && ioctl(standard, TIOCSCTTY, 0))
		return fail("terminal", "");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(standard, fd) < 0)
			return fail("terminal", "");
	return 0;
}

/* Moves the passed files down over the daemon's socket (3) and lets exec close all others. */
static int arrange_files(const struct init *init)
{
	const int first = 3;

	for (int i = 0; i < init->passed; i++)
		if (dup2(first + 1 + i, first + i) < 0)
			return fail("files", "");
	return sys_close_range((unsigned)(first + init->passed), ~0u, CLOSE_RANGE_CLOEXEC) ? fail("files", "") : 0;
}

static int execute(const struct init *init, int label)
{
	const struct program *program = &init->plan->program;
	const struct note executing = { .kind = NOTE_EXECUTING };
	size_t length = label >= 0 ? strlen(program->label) : 0;

	if (chdir(program->directory))
		return fail("directory", program->directory);
	if (label >= 0 && write(label, program->label, length) != (ssize_t)length)
		return fail("label", program->label);
	umask(022);
	if (channel_send(init->channel, &executing, -1))
		return -1;
	/* execve writes to neither; its prototype predates const. */
	execve(program->argv.at[0], (char *const *)(uintptr_t)program->argv.at, (char *const *)(uintptr_t)program->env.at);
	return fail("exec", program->argv.at[0]);
}

static int become_container(struct init *init)
{
	const struct program *program = &init->plan->program;
	struct identity identity;
	int label;

	umask(0);
	if (reset_signals() || join_cgroups(init) || become_root(init) || own_cgroups(init))
		return -1;
	if (attach_root(init) || perform_operations(init) || view_attach(init->plan, init->root))
		return -1;
	if (users_resolve(init->root, program->user, program->group, &identity) || open_label(init, &label))
		return -1;
	if (enter_root(init) || open_session(init) || arrange_files(init) || rights_give_up(program, &identity))
		return -1;
	return execute(init, label);
}

_Noreturn void init_run(struct init *init)
{
	struct note failed = { .kind = NOTE_FAILED };

	become_container(init);
	failed.failure = *last_failure();
	channel_send(init->channel, &failed, -1);
	_exit(1);
}
