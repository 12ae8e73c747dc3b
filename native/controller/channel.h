/*
 * What the controller and init tell each other while init prepares itself: a socket pair that keeps message bounds and
 * is closed by a successful exec.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "failure.h"

enum note_kind {
	NOTE_NONE, /* nothing to read now */
	NOTE_END, /* the other end is closed */
	/* To init. */
	NOTE_MAPPED, /* the id maps are written */
	NOTE_GO,
	/* To the controller. */
	NOTE_CONSOLE, /* comes with the controlling end of a console */
	NOTE_EXECUTING, /* the end of the channel that follows is the exec's success */
	NOTE_FAILED,
	/* To a visitor (visitor/visit.c): it went well; may come with a descriptor. */
	NOTE_DONE
};

struct note {
	enum note_kind kind;
	struct failure failure; /* NOTE_FAILED */
};

int channel_open(int ends[2]);
/* `fd` goes along with the note; -1 is none. */
int channel_send(int channel, const struct note *note, int fd);
/* Fills `note`; *fd is what came along, or -1. `wait`: until something comes. */
int channel_receive(int channel, struct note *note, int *fd, int wait);

#endif
