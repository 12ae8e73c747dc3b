/* A list of operations that change a container which runs. */
#ifndef PERFORM_H
#define PERFORM_H

/* Reads the list from the daemon, does it in order, answers once: with a number (what was trimmed), or the first failure. */
int perform_serve(void);

#endif
