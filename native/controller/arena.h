/* Memory for one plan and what it asks for: handed out in order, held until the end. */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena {
	uint8_t *base;
	size_t used;
};

int arena_open(struct arena *arena);
/* Zeroed memory; NULL when the arena is exhausted (nothing is recorded). */
void *arena_take(struct arena *arena, size_t count, size_t size);
/* Takes back all that was handed out, for the next document. */
void arena_reset(struct arena *arena);

#endif
