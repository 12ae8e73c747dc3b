#include "visit.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "cleanup.h"
#include "failure.h"
#include "rooted.h"

struct visitor {
	const struct place *place;
	enum rights rights;
	visit_function *function;
	const void *subject;
	pid_t parent;
};

static int enter_and_do(const struct visitor *v)
{
	if (rooted_keep_proc() || place_enter(v->place, v->rights))
		return -1;
	/* Not before: with its credentials a process loses this. Who kills the visitor ends the step, too. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return fail("prctl", "");
	return getppid() == v->parent ? v->function(v->place, v->subject) : fail_with("visitor", "", ESRCH);
}

static _Noreturn void be_child(const struct visitor *v, int channel)
{
	int result = enter_and_do(v);
	struct note note = { .kind = result < 0 ? NOTE_FAILED : NOTE_DONE };

	if (result < 0)
		note.failure = *last_failure();
	channel_send(channel, &note, result > 0 ? result : -1);
	_exit(0);
}

static int receive(int channel)
{
	struct note note;
	OWNED_FD fd = -1;

	if (channel_receive(channel, &note, &fd, 1))
		return -1;
	if (note.kind == NOTE_FAILED)
		return adopt_failure(&note.failure);
	if (note.kind != NOTE_DONE)
		return fail_with("visit", "died", 0);
	return fd < 0 ? 0 : take(&fd);
}

int visit(const struct place *place, enum rights rights, visit_function *function, const void *subject)
{
	const struct visitor visitor = { place, rights, function, subject, getpid() };
	int ends[2], result;
	pid_t child;

	if (channel_open(ends))
		return -1;
	child = fork();
	if (child == 0)
		be_child(&visitor, ends[1]);
	close(ends[1]);
	result = child < 0 ? fail("fork", "") : receive(ends[0]);
	close(ends[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return result;
}
