/* What is sent to the daemon: messages of a length (4 bytes, of what follows), a count, and that many answers as XDR. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "survey.h"

/* So much goes into a message that a system call is worth it. */
#define MESSAGE_SIZE (1 << 16)

struct answers {
	struct writer w;
	uint32_t count;
	uint8_t buffer[MESSAGE_SIZE + REPORT_SIZE];
};

void answers_begin(struct answers *answers);
/* Where the next one goes; there are REPORT_SIZE bytes of room. */
struct writer *answers_next(struct answers *answers);
/* It is there: sends what there is once it is enough. */
int answers_added(struct answers *answers);
/* Sends what there is. */
int answers_flush(struct answers *answers);
/* Sends a message without any. */
int answers_end(struct answers *answers);

#endif
