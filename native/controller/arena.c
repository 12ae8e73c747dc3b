#include "arena.h"

#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>

#include "failure.h"

/* Address space only: pages are there once they are touched. */
#define ARENA_SIZE ((size_t)64 << 20)

int arena_open(struct arena *arena)
{
	void *base = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return fail("allocate", "");
	*arena = (struct arena){ .base = base };
	return 0;
}

void *arena_take(struct arena *arena, size_t count, size_t size)
{
	size_t room = ARENA_SIZE - arena->used, bytes;

	if (size && count > room / size)
		return NULL;
	bytes = (count * size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (bytes > room)
		return NULL;
	arena->used += bytes;
	return arena->base + arena->used - bytes;
}

void arena_reset(struct arena *arena)
{
	memset(arena->base, 0, arena->used);
	arena->used = 0;
}
