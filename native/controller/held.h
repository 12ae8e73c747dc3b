/*
 * Loop devices of the container, attached for as long as they are open here: the kernel detaches each by itself once the
 * controller is gone, whatever ended it.
 */
#ifndef HELD_H
#define HELD_H

#include <stdint.h>

#define HELD_LIMIT 128

struct held {
	uint32_t count;
	struct {
		int fd;
		uint32_t number; /* of /dev/loop */
	} at[HELD_LIMIT];
};

/* Takes `fd` over. One too many is closed: the daemon counts them, too. */
void held_add(struct held *held, int fd, uint32_t number);
/* One that is not held is none of ours. */
void held_release(struct held *held, uint32_t number);

#endif
