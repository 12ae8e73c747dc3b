/* The socket at which a later daemon finds the controller. */
#ifndef LISTENER_H
#define LISTENER_H

/* Listens at `path` (0600), in place of whatever was there. */
int listener_open(const char *path);
/* The next client, which runs as root; -1: none now, or turned away. */
int listener_accept(int listener);

#endif
