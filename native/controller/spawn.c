#include "syscalls.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "channel.h"
#include "cleanup.h"
#include "failure.h"
#include "init.h"

int spawn_detached(void)
{
	struct clone_args arguments = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&arguments);

	if (pid < 0)
		return fail("clone", "controller");
	if (pid > 0)
		_exit(0);
	return setsid() < 0 ? fail("setsid", "controller") : 0;
}

/* /proc is the host's, and names processes as the host does. */
pid_t spawn_own_pid(void)
{
	char text[16] = "";

	if (readlink("/proc/self", text, sizeof text - 1) < 0)
		return fail("pid", "/proc/self");
	return atoi(text);
}

pid_t spawn_pid_of(int pidfd)
{
	char path[40], text[512];
	const char *line;
	ssize_t length;
	OWNED_FD facts = -1;

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	facts = open(path, O_RDONLY | O_CLOEXEC);
	length = facts < 0 ? -1 : read(facts, text, sizeof text - 1);
	if (length < 0)
		return fail("pid", path);
	text[length] = '\0';
	line = strstr(text, "\nPid:");
	return line ? atoi(line + 5) : fail_with("pid", path, ESRCH);
}

static int write_map(pid_t pid, const char *name, const struct id_range *ranges, uint32_t count)
{
	char path[40], text[4096];
	size_t used = 0;
	OWNED_FD fd = -1;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	for (uint32_t i = 0; i < count; i++) {
		int length = snprintf(text + used, sizeof text - used, "%u %u %u\n", ranges[i].inside, ranges[i].outside,
			ranges[i].count);

		if (length < 0 || (size_t)length >= sizeof text - used)
			return fail_with("idmap", name, E2BIG);
		used += (size_t)length;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, text, used) != (ssize_t)used ? fail("idmap", name) : 0;
}

static int write_maps(const struct plan *plan, const struct spawned *spawned)
{
	const struct note mapped = { .kind = NOTE_MAPPED };

	if (!(plan->namespaces & CLONE_NEWUSER))
		return 0;
	if (write_map(spawned->pid, "uid_map", plan->uid_ranges, plan->uid_range_count))
		return -1;
	if (write_map(spawned->pid, "gid_map", plan->gid_ranges, plan->gid_range_count))
		return -1;
	return channel_send(spawned->channel, &mapped, -1);
}

static int open_tasks(const struct plan *plan, int *tasks)
{
	for (uint32_t i = 0; i < plan->task_files.count; i++) {
		tasks[i] = open(plan->task_files.at[i], O_WRONLY | O_CLOEXEC);
		if (tasks[i] < 0)
			return fail("cgroup", plan->task_files.at[i]);
	}
	return 0;
}

static void close_tasks(const struct plan *plan, const int *tasks)
{
	for (uint32_t i = 0; i < plan->task_files.count; i++)
		if (tasks[i] >= 0)
			close(tasks[i]);
}

static int clone_init(const struct plan *plan, const int *tasks, int passed, struct spawned *spawned)
{
	struct clone_args arguments = {
		.flags = (plan->namespaces & ~(uint64_t)CLONE_NEWCGROUP) | CLONE_PIDFD,
		.pidfd = (uintptr_t)&spawned->pidfd,
		.exit_signal = SIGCHLD,
	};
	int ends[2];
	pid_t pid;
	OWNED_FD cgroup = -1;

	if (plan->unified_directory) {
		cgroup = open(plan->unified_directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (cgroup < 0)
			return fail("cgroup", plan->unified_directory);
		arguments.flags |= CLONE_INTO_CGROUP;
		arguments.cgroup = (uint64_t)cgroup;
	}
	if (channel_open(ends))
		return -1;
	pid = sys_clone3(&arguments);
	if (pid == 0) {
		struct init init = { .plan = plan, .channel = ends[1], .tasks = tasks, .passed = passed, .root = -1,
			.netlink = -1, .terminal = -1 };

		close(ends[0]);
		init_run(&init);
	}
	close(ends[1]);
	spawned->channel = ends[0];
	return pid < 0 ? fail("clone", "init") : 0;
}

int spawn_init(const struct plan *plan, int passed, struct spawned *spawned)
{
	int tasks[32], result;

	*spawned = (struct spawned){ .pidfd = -1, .channel = -1 };
	if (plan->task_files.count > sizeof tasks / sizeof *tasks)
		return fail_with("plan", "tasks", E2BIG);
	memset(tasks, -1, sizeof tasks);
	result = open_tasks(plan, tasks);
	if (!result)
		result = clone_init(plan, tasks, passed, spawned);
	close_tasks(plan, tasks);
	if (result)
		return -1;
	spawned->pid = spawn_pid_of(spawned->pidfd);
	return spawned->pid < 0 ? -1 : write_maps(plan, spawned);
}
