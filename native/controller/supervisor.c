#include "syscalls.h"
#include "supervisor.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "channel.h"
#include "cleanup.h"
#include "listener.h"

#define EVENTS 16
/*
 * Milliseconds that readers of consoles get for what was printed last. A daemon that is busy reads a page a turn, and
 * nobody waits for a controller once its end is told. Between looks at them, in ns.
 */
#define DRAIN_LIMIT 10000
#define DRAIN_PAUSE 5000000

/* What an event is about; the index of a console or client is in the low half. */
enum subject { ABOUT_INIT, ABOUT_CHANNEL, ABOUT_SIGNAL, ABOUT_LISTENER, ABOUT_CLIENT, ABOUT_CONSOLE, ABOUT_VIEW };

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int watch(struct supervisor *s, int fd, uint32_t events, enum subject subject, uint32_t index)
{
	struct epoll_event event = { .events = events, .data.u64 = (uint64_t)subject << 32 | index };

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) ? fail("epoll", "") : 0;
}

static int watch_console(struct supervisor *s, int fd, uint32_t index)
{
	return watch(s, fd, EPOLLIN | EPOLLOUT | EPOLLET, ABOUT_CONSOLE, index);
}

void supervisor_announce(struct supervisor *s, const uint8_t *message, size_t size)
{
	clients_tell_all(&s->clients, message, size);
}

/* Takes a daemon's socket over, and tells it how things are. */
static int welcome(struct supervisor *s, int fd)
{
	uint8_t message[MESSAGE_SIZE];
	int index = clients_add(&s->clients, fd);

	if (index < 0)
		return fail_with("client", "", EMFILE);
	client_tell(&s->clients.at[index], message, message_created(message, &s->facts));
	return watch(s, fd, EPOLLIN | EPOLLRDHUP, ABOUT_CLIENT, (uint32_t)index);
}

static void signal_init(const struct supervisor *s, int number)
{
	if (sys_pidfd_send_signal(s->init.pidfd, number) && errno != ESRCH)
		complain("signal", "init", errno);
}

/* Once: nobody reads a second one. */
static void let_go(struct supervisor *s)
{
	const struct note go = { .kind = NOTE_GO };

	if (!s->told_to_go && channel_send(s->init.channel, &go, -1))
		complain("go", "init", last_failure()->error);
	s->told_to_go = true;
}

static void hold(struct supervisor *s, int fd, uint32_t number)
{
	if (fd >= 0)
		held_add(&s->held, fd, number);
}

static void obey(struct supervisor *s, struct client *client, const struct command *command)
{
	switch (command->kind) {
	case COMMAND_GO:
		let_go(s);
		break;
	case COMMAND_SIGNAL:
		signal_init(s, (int)command->number);
		break;
	case COMMAND_HOLD:
		hold(s, client_take_passed(client), command->number);
		break;
	case COMMAND_RELEASE:
		held_release(&s->held, command->number);
		break;
	}
}

static void hear_client(struct supervisor *s, struct client *client)
{
	struct command command;

	if (client->fd < 0)
		return;
	if (client_hear(client)) {
		while (client_next(client, &command))
			obey(s, client, &command);
		return;
	}
	/* What a daemon has begun and left is worth nothing: nobody would finish the container's network. */
	if (!s->facts.running && !clients_any(&s->clients))
		signal_init(s, SIGKILL);
}

/* A console of the container has come; there are as many as the plan says. */
static void join_console(struct supervisor *s, int fd)
{
	uint32_t index = s->joined;

	if (index == s->facts.console_count) {
		close(fd);
		return;
	}
	s->joined++;
	console_join(&s->consoles[index], fd);
	if (watch_console(s, fd, index))
		complain("epoll", "console", errno);
}

static void announce_running(struct supervisor *s)
{
	uint8_t message[MESSAGE_SIZE];

	s->facts.running = true;
	supervisor_announce(s, message, message_running(message));
}

/* Reads what init has written so far. -1: init has failed. */
static int hear_init(struct supervisor *s)
{
	struct note note = { .kind = NOTE_END };
	int fd;

	while (s->init.channel >= 0 && !channel_receive(s->init.channel, &note, &fd, 0)) {
		if (note.kind == NOTE_CONSOLE && fd >= 0)
			join_console(s, fd);
		else
			drop(&fd);
		if (note.kind == NOTE_EXECUTING)
			s->executing = true;
		if (note.kind == NOTE_FAILED)
			return adopt_failure(&note.failure);
		if (note.kind == NOTE_NONE)
			return 0;
		if (note.kind == NOTE_END) {
			drop(&s->init.channel);
			if (s->executing)
				announce_running(s);
		}
	}
	return 0;
}

/* In a pid namespace, reboot(2) ends init by one of two signals, which cannot come from anywhere else. */
static struct outcome outcome_of(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		return (struct outcome){ .kind = OUTCOME_EXIT, .value = (uint32_t)info->si_status };
	if (info->si_status == SIGHUP)
		return (struct outcome){ .kind = OUTCOME_REBOOT };
	if (info->si_status == SIGINT)
		return (struct outcome){ .kind = OUTCOME_POWEROFF };
	return (struct outcome){ .kind = OUTCOME_SIGNAL, .value = (uint32_t)info->si_status };
}

static int reap_init(struct supervisor *s)
{
	siginfo_t info = { 0 };

	if (waitid((idtype_t)P_PIDFD, (id_t)s->init.pidfd, &info, WEXITED))
		return fail("wait", "init");
	s->ended = true;
	s->outcome = outcome_of(&info);
	if (hear_init(s))
		return -1;
	return s->facts.running ? 0 : fail_with("init", "died", 0);
}

/* Has the kernel tell again of what is ready already. */
static void watch_again(struct supervisor *s, int fd, uint32_t index)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u64 = (uint64_t)ABOUT_CONSOLE << 32 | index };

	if (fd >= 0 && epoll_ctl(s->epoll, EPOLL_CTL_MOD, fd, &event))
		complain("epoll", "console", errno);
}

static void pump(struct supervisor *s, uint32_t index)
{
	struct console *console = &s->consoles[index];

	/* The rest waits until others had their turn. */
	if (console_pump(console, now_ms())) {
		watch_again(s, console->host, index);
		watch_again(s, console->guest, index);
	}
}

/* Those whose readers have been waited for long enough. */
static void pump_overdue(struct supervisor *s)
{
	uint64_t now = s->facts.console_count ? now_ms() : 0;

	for (uint32_t i = 0; i < s->facts.console_count; i++)
		if (console_timeout(&s->consoles[i], now) == 0)
			pump(s, i);
}

/* Once: what comes later is told when it is asked for again. */
static void watch_view(struct supervisor *s)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.u64 = (uint64_t)ABOUT_VIEW << 32 };

	if (s->view.device >= 0 && epoll_ctl(s->epoll, EPOLL_CTL_MOD, s->view.device, &event))
		complain("epoll", "view", errno);
}

static void serve_view(struct supervisor *s)
{
	if (view_serve(&s->view, now_ms()))
		watch_view(s);
}

/* After its pause. */
static void resume_view(struct supervisor *s)
{
	if (!s->view.resumes || now_ms() < s->view.resumes)
		return;
	s->view.resumes = 0;
	watch_view(s);
}

static int handle(struct supervisor *s, uint64_t tag)
{
	uint32_t index = (uint32_t)tag;
	struct signalfd_siginfo info;
	int fd;

	switch ((enum subject)(tag >> 32)) {
	case ABOUT_INIT:
		return reap_init(s);
	case ABOUT_CHANNEL:
		return hear_init(s);
	case ABOUT_SIGNAL:
		if (read(s->signals, &info, sizeof info) == sizeof info)
			signal_init(s, SIGKILL);
		return 0;
	case ABOUT_LISTENER:
		fd = listener_accept(s->listener);
		if (fd >= 0 && welcome(s, fd))
			complain("client", "turned away", 0);
		return 0;
	case ABOUT_CLIENT:
		hear_client(s, &s->clients.at[index]);
		return 0;
	case ABOUT_CONSOLE:
		pump(s, index);
		return 0;
	case ABOUT_VIEW:
		serve_view(s);
		return 0;
	}
	return 0;
}

static int next_timeout(const struct supervisor *s)
{
	int least = -1;
	uint64_t now = s->facts.console_count || s->view.resumes ? now_ms() : 0;

	if (s->view.resumes)
		least = s->view.resumes > now ? (int)(s->view.resumes - now) : 0;
	for (uint32_t i = 0; i < s->facts.console_count; i++) {
		int timeout = console_timeout(&s->consoles[i], now);

		if (timeout >= 0 && (least < 0 || timeout < least))
			least = timeout;
	}
	return least;
}

/* SIGTERM to the controller ends the container in good order; all that else may hit it is without effect. */
static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return fail("signals", "");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? fail("signals", "") : fd;
}

int supervisor_start(struct supervisor *s, int daemon)
{
	clients_open(&s->clients);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		return fail("epoll", "");
	s->signals = open_signals();
	if (s->signals < 0 || watch(s, s->signals, EPOLLIN, ABOUT_SIGNAL, 0))
		return -1;
	if (watch(s, s->init.channel, EPOLLIN, ABOUT_CHANNEL, 0) || watch(s, s->init.pidfd, EPOLLIN, ABOUT_INIT, 0))
		return -1;
	if (s->view.device >= 0 && watch(s, s->view.device, EPOLLIN | EPOLLONESHOT, ABOUT_VIEW, 0))
		return -1;
	if (s->listener >= 0 && watch(s, s->listener, EPOLLIN, ABOUT_LISTENER, 0))
		return -1;
	for (uint32_t i = 0; i < s->facts.console_count; i++)
		if (watch_console(s, s->consoles[i].host, i))
			return -1;
	return welcome(s, daemon);
}

int supervisor_run(struct supervisor *s)
{
	struct epoll_event events[EVENTS];

	while (!s->ended) {
		int count = epoll_wait(s->epoll, events, EVENTS, next_timeout(s));

		if (count < 0 && errno != EINTR)
			return fail("epoll", "");
		for (int i = 0; i < count && !s->ended; i++)
			if (handle(s, events[i].data.u64))
				return -1;
		pump_overdue(s);
		resume_view(s);
	}
	return 0;
}

void supervisor_drain(struct supervisor *s)
{
	const struct timespec pause = { .tv_nsec = DRAIN_PAUSE };

	for (uint64_t begin = now_ms(); now_ms() - begin < DRAIN_LIMIT;) {
		bool unread = false;

		for (uint32_t i = 0; i < s->facts.console_count; i++) {
			console_pump(&s->consoles[i], now_ms());
			unread |= console_unread(&s->consoles[i]);
		}
		if (!unread)
			return;
		nanosleep(&pause, NULL);
	}
}
