/*
 * What a visitor says to the daemon: a length (4 bytes, of what follows), then XDR: 1 with what was asked for, or 0 with a
 * failure's step, path and errno. The other side: native/guest/answer.ts.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "xdr.h"

/* Starts an answer of good news in a buffer; what follows is written by the caller. */
struct writer answer_begin(uint8_t *buffer, size_t size);
/* Puts the length in front and sends it all. */
int answer_send(uint8_t *buffer, const struct writer *w);
/* Sends the last failure. */
int answer_failed(void);

#endif
