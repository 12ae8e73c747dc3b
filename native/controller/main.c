/*
 * lxvirt-controller: makes one container and stays with it until it ends. It decides nothing: what to do is in the plan
 * that the daemon sends, in the order in which it is done.
 *
 *   lxvirt-controller NAME PASSED     NAME is for the process list; PASSED counts the descriptors 4, 5, … that the
 *                                     container's program gets as 3, 4, …
 *   0, 1  /dev/null    2  the domain's log    3  a connected stream socket to the daemon
 *
 * The stages, and why they come in this order:
 *
 *   leave      (main.c)        the daemon's directory, and descriptors that nobody meant to hand down
 *   detach     (spawn.c)       early, since the daemon must not have to reap us; in a pid namespace of its own, so that
 *                              the kernel ends the container when the controller ends, whatever ends it
 *   plan       (plan.c)        read as a whole before anything is done: a plan that does not parse has no effect
 *   host       (host.c)        with the host's rights and before init exists: namespaces of others, loop devices, and
 *                              every mount whose source lies on the host (init may lack the right, and the path)
 *   view       (view.c)        /proc/meminfo with the figures of the container's cgroup
 *   consoles   (console.c)     the host's ptys, whose names the daemon is told
 *   listener   (listener.c)    before init, so that a container always can be found again
 *   stage      (stage.c)       with a user namespace: its mounts get a place where the kernel locks what they forbid
 *   init       (spawn.c)       cloned straight into its namespaces and its v2 cgroup; its id maps are written here
 *     cgroups  (init.c)        v1, before it uses any memory that would be charged to us
 *     root     (init.c)        becomes root of its user namespace; its mounts no longer reach the host
 *     operations (operations.c) the plan's, up to "await-go" while the daemon still works on the network
 *     user     (users.c)       names are looked up while /proc is the host's
 *     enter    (init.c)        pivot_root; from here on there is nothing of the host to be seen
 *     session  (init.c)        controlling terminal, descriptors
 *     rights   (rights.c)      bounding set, no_new_privs, seccomp, ids, capabilities: each needs what the next takes
 *     exec     (init.c)        closes the channel, which tells the controller that it went well
 *   supervise  (supervisor.c)  consoles, commands, daemons that come and go, until init has ended
 *   end        (main.c)        cgroups, socket, pid file, outcome file; only then the daemon is told
 */
#include "syscalls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cgroups.h"
#include "cleanup.h"
#include "failure.h"
#include "host.h"
#include "listener.h"
#include "rights.h"
#include "stage.h"
#include "statefile.h"
#include "supervisor.h"

#define DAEMON 3
#define FIRST_PASSED 4

/* What remains of the controller's rights while the container runs: signal init, reopen its terminals, remove its cgroups. */
#define RIGHTS_KEPT (1u << 1 /* CAP_DAC_OVERRIDE */ | 1u << 5 /* CAP_KILL */)

struct controller {
	struct plan plan;
	struct arena arena;
	int passed;
	struct supervisor supervisor;
};

static int open_consoles(struct controller *c)
{
	struct created *facts = &c->supervisor.facts;
	uint32_t count = plan_consoles(&c->plan);
	struct console *consoles = arena_take(&c->arena, count, sizeof *consoles);
	unsigned int *numbers = arena_take(&c->arena, count, sizeof *numbers);

	c->supervisor.consoles = consoles;
	facts->consoles = numbers;
	if (!consoles || !numbers)
		return fail_with("allocate", "", ENOMEM);
	for (; facts->console_count < count; facts->console_count++) {
		if (console_open(&consoles[facts->console_count]))
			return -1;
		numbers[facts->console_count] = consoles[facts->console_count].number;
	}
	return 0;
}

/* From here on they are the supervisor's: a daemon may have it release one. */
static int list_loops(struct controller *c)
{
	int *numbers = arena_take(&c->arena, c->plan.loop_count, sizeof *numbers);

	c->supervisor.facts.loops = numbers;
	c->supervisor.facts.loop_count = c->plan.loop_count;
	if (!numbers)
		return fail_with("allocate", "", ENOMEM);
	for (uint32_t i = 0; i < c->plan.loop_count; i++) {
		numbers[i] = c->plan.loops[i].number;
		held_add(&c->supervisor.held, c->plan.loops[i].device, (uint32_t)numbers[i]);
	}
	c->supervisor.facts.holds = true;
	return 0;
}

/* Makes the controller known: its socket and its pid. */
static int publish(struct controller *c)
{
	char pid[16];
	pid_t own = spawn_own_pid();

	if (own < 0)
		return -1;
	c->supervisor.facts.controller = own;
	if (c->plan.socket) {
		c->supervisor.listener = listener_open(c->plan.socket);
		if (c->supervisor.listener < 0)
			return -1;
	}
	snprintf(pid, sizeof pid, "%d\n", own);
	return c->plan.pid_file ? statefile_write(c->plan.pid_file, pid) : 0;
}

static void close_passed(const struct controller *c)
{
	if (c->passed)
		sys_close_range(FIRST_PASSED, (unsigned)(FIRST_PASSED + c->passed - 1), 0);
}

/* Cloned where init finds its mounts; the controller itself is back in either case. */
static int clone_init(struct controller *c)
{
	struct stage stage;
	int failed = stage_enter(&stage, &c->plan) || spawn_init(&c->plan, c->passed, &c->supervisor.init);

	return stage_leave(&stage) || failed ? -1 : 0;
}

static int make_container(struct controller *c)
{
	if (host_prepare(&c->plan))
		return -1;
	view_open(&c->supervisor.view, &c->plan);
	if (open_consoles(c) || list_loops(c) || publish(c))
		return -1;
	if (clone_init(c))
		return -1;
	c->supervisor.facts.init = c->supervisor.init.pid;
	if (supervisor_start(&c->supervisor, DAEMON))
		return -1;
	host_release(&c->plan);
	close_passed(c);
	return rights_limit(RIGHTS_KEPT);
}

static const char *describe(struct outcome outcome, char text[32])
{
	static const char *const formats[] = {
		[OUTCOME_EXIT] = "exit %u\n",
		[OUTCOME_SIGNAL] = "signal %u\n",
		[OUTCOME_REBOOT] = "reboot\n",
		[OUTCOME_POWEROFF] = "poweroff\n",
	};

	snprintf(text, 32, formats[outcome.kind], outcome.value);
	return text;
}

/* The order: a daemon that is told of the end finds nothing of the container left. */
static void remove_traces(struct controller *c)
{
	cgroups_remove(&c->plan.cgroup_directories);
	if (c->plan.socket && c->supervisor.listener >= 0)
		unlink(c->plan.socket);
	if (c->plan.pid_file)
		unlink(c->plan.pid_file);
}

static void end_well(struct controller *c)
{
	uint8_t message[MESSAGE_SIZE];
	char text[32];

	remove_traces(c);
	if (c->plan.outcome_file && statefile_write(c->plan.outcome_file, describe(c->supervisor.outcome, text)))
		complain("outcome", c->plan.outcome_file, last_failure()->error);
	supervisor_announce(&c->supervisor, message, message_exited(message, c->supervisor.outcome));
	supervisor_drain(&c->supervisor);
}

/* Init, if there is one, dies before anything is removed; the daemon may not be a client yet. */
static void end_failed(struct controller *c)
{
	uint8_t message[MESSAGE_SIZE];
	const struct failure failure = *last_failure();

	complain(failure.step, failure.path, failure.error);
	if (c->supervisor.init.pidfd >= 0 && !c->supervisor.ended) {
		siginfo_t info;

		sys_pidfd_send_signal(c->supervisor.init.pidfd, SIGKILL);
		waitid((idtype_t)P_PIDFD, (id_t)c->supervisor.init.pidfd, &info, WEXITED);
	}
	remove_traces(c);
	if (send(DAEMON, message, message_failed(message, &failure), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		complain("daemon", "send", errno);
}

/* Keeps neither the daemon's directory nor what somebody before it left open. */
static int leave_daemon(const struct controller *c)
{
	umask(0);
	if (chdir("/"))
		return fail("chdir", "/");
	return sys_close_range((unsigned)(FIRST_PASSED + c->passed), ~0u, 0) ? fail("files", "") : 0;
}

static int control(struct controller *c)
{
	struct bytes document;

	if (leave_daemon(c) || spawn_detached() || arena_open(&c->arena) || message_receive_plan(DAEMON, &c->arena, &document))
		return -1;
	if (plan_decode(&c->plan, &c->arena, document))
		return -1;
	return make_container(c) || supervisor_run(&c->supervisor) ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct controller controller = {
		.plan = { .root.tree = -1, .memory.tree = -1 },
		.supervisor = { .listener = -1, .view.device = -1, .init = { .pidfd = -1, .channel = -1 } },
	};

	if (argc != 3 || (controller.passed = atoi(argv[2])) < 0) {
		complain("usage:", "lxvirt-controller NAME PASSED", 0);
		return 2;
	}
	if (control(&controller)) {
		end_failed(&controller);
		return 1;
	}
	end_well(&controller);
	return 0;
}
