/* From the moment that init exists until the container has ended: daemons, consoles, init's life. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "clients.h"
#include "console.h"
#include "held.h"
#include "spawn.h"
#include "view.h"

struct supervisor {
	/* The facts that every daemon is told first. */
	struct created facts;
	struct spawned init;
	struct console *consoles;
	/* How many consoles have their terminal in the container. */
	uint32_t joined;
	struct clients clients;
	struct held held;
	struct view view;
	int epoll;
	int listener; /* -1: none */
	int signals;
	bool told_to_go;
	/* Init is about to exec: the end of its channel is its success. */
	bool executing;
	/* Init is gone; `outcome` says how, or last_failure() if it never ran. */
	bool ended;
	struct outcome outcome;
};

/* Takes over the launching daemon's socket, and tells it of the container. */
int supervisor_start(struct supervisor *supervisor, int daemon);
/* Returns when init has ended, or with -1 and the failure if its program never ran; init is dead in both cases. */
int supervisor_run(struct supervisor *supervisor);
void supervisor_announce(struct supervisor *supervisor, const uint8_t *message, size_t size);
/* Gives users who have a console open a moment to read the container's last words. */
void supervisor_drain(struct supervisor *supervisor);

#endif
