#include "held.h"

#include <unistd.h>

void held_add(struct held *held, int fd, uint32_t number)
{
	if (held->count == HELD_LIMIT) {
		close(fd);
		return;
	}
	held->at[held->count].fd = fd;
	held->at[held->count].number = number;
	held->count++;
}

void held_release(struct held *held, uint32_t number)
{
	for (uint32_t i = 0; i < held->count; i++) {
		if (held->at[i].number != number)
			continue;
		close(held->at[i].fd);
		held->count--;
		held->at[i] = held->at[held->count];
		return;
	}
}
