/*
 * XDR (RFC 4506), as much of it as plans and messages need. Both ends are sticky: after the first thing that does not
 * fit, everything reads as zero and nothing is written, and `bad` says so at the end.
 */
#ifndef XDR_H
#define XDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	struct arena *arena;
	bool bad;
};

/* A list with a NULL behind its last element. */
struct strings {
	uint32_t count;
	const char **at;
};

struct bytes {
	uint32_t length;
	const uint8_t *at;
};

uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
bool read_bool(struct reader *r);
/* Without NUL inside; NUL-terminated, in the arena. "" when bad. */
const char *read_string(struct reader *r);
/* NULL when absent. */
const char *read_optional_string(struct reader *r);
/* In the document itself. */
struct bytes read_bytes(struct reader *r);
struct strings read_strings(struct reader *r);
/* The length of an array and zeroed memory for it; an element takes at least 4 bytes of the document. */
void *read_array(struct reader *r, uint32_t *count, size_t size);

struct writer {
	uint8_t *at;
	uint8_t *end;
	bool bad;
};

void write_u32(struct writer *w, uint32_t value);
void write_u64(struct writer *w, uint64_t value);
void write_bytes(struct writer *w, struct bytes value);
/* As write_bytes, of bytes that are in place already: 4 behind what was written last. */
void write_bytes_in_place(struct writer *w, uint32_t length);
void write_string(struct writer *w, const char *value);

#endif
