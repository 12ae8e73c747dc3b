/* What the daemon sends to a visitor that stays: a length (4 bytes, of what follows), then XDR. */
#ifndef REQUESTS_H
#define REQUESTS_H

#include <stddef.h>
#include <stdint.h>

/* Waits for a whole message: its length, 0 at the end of the connection, -1 when it is longer than `size` or broken. */
int request_receive(uint8_t *buffer, size_t size);

#endif
