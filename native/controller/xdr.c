#include "xdr.h"

#include <string.h>

static size_t padded(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

/* The next `length` bytes and their padding, or NULL. */
static const uint8_t *advance(struct reader *r, size_t length)
{
	const uint8_t *at = r->at;
	size_t left = (size_t)(r->end - r->at);

	if (r->bad || length > left || padded(length) > left) {
		r->bad = true;
		return NULL;
	}
	r->at += padded(length);
	return at;
}

uint32_t read_u32(struct reader *r)
{
	const uint8_t *at = advance(r, 4);

	return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3] : 0;
}

uint64_t read_u64(struct reader *r)
{
	uint64_t high = read_u32(r);

	return high << 32 | read_u32(r);
}

bool read_bool(struct reader *r)
{
	uint32_t value = read_u32(r);

	if (value > 1)
		r->bad = true;
	return value == 1;
}

struct bytes read_bytes(struct reader *r)
{
	uint32_t length = read_u32(r);
	const uint8_t *at = advance(r, length);

	return at ? (struct bytes){ .length = length, .at = at } : (struct bytes){ .length = 0, .at = NULL };
}

const char *read_string(struct reader *r)
{
	struct bytes text = read_bytes(r);
	char *copy;

	if (r->bad || (text.length && memchr(text.at, '\0', text.length))) {
		r->bad = true;
		return "";
	}
	copy = arena_take(r->arena, (size_t)text.length + 1, 1);
	if (!copy) {
		r->bad = true;
		return "";
	}
	if (text.length)
		memcpy(copy, text.at, text.length);
	return copy;
}

const char *read_optional_string(struct reader *r)
{
	return read_bool(r) ? read_string(r) : NULL;
}

void *read_array(struct reader *r, uint32_t *count, size_t size)
{
	void *elements = NULL;

	*count = read_u32(r);
	if (!r->bad && *count <= (size_t)(r->end - r->at) / 4)
		elements = arena_take(r->arena, *count, size);
	if (!elements) {
		r->bad = true;
		*count = 0;
	}
	return elements;
}

struct strings read_strings(struct reader *r)
{
	static const char *none[] = { NULL };
	struct strings list = { .count = read_u32(r), .at = none };

	if (!r->bad && list.count <= (size_t)(r->end - r->at) / 4)
		list.at = arena_take(r->arena, (size_t)list.count + 1, sizeof *list.at);
	else
		r->bad = true;
	if (r->bad || !list.at) {
		r->bad = true;
		return (struct strings){ .count = 0, .at = none };
	}
	for (uint32_t i = 0; i < list.count; i++)
		list.at[i] = read_string(r);
	return list;
}

void write_u32(struct writer *w, uint32_t value)
{
	if (w->bad || w->end - w->at < 4) {
		w->bad = true;
		return;
	}
	for (int shift = 24; shift >= 0; shift -= 8)
		*w->at++ = (uint8_t)(value >> shift);
}

void write_u64(struct writer *w, uint64_t value)
{
	write_u32(w, (uint32_t)(value >> 32));
	write_u32(w, (uint32_t)value);
}

void write_bytes_in_place(struct writer *w, uint32_t length)
{
	write_u32(w, length);
	if (w->bad || (size_t)(w->end - w->at) < padded(length)) {
		w->bad = true;
		return;
	}
	memset(w->at + length, 0, padded(length) - length);
	w->at += padded(length);
}

void write_bytes(struct writer *w, struct bytes value)
{
	if (!w->bad && value.length && (size_t)(w->end - w->at) >= 4 + (size_t)value.length)
		memcpy(w->at + 4, value.at, value.length);
	write_bytes_in_place(w, value.length);
}

void write_string(struct writer *w, const char *value)
{
	write_bytes(w, (struct bytes){ .length = (uint32_t)strlen(value), .at = (const uint8_t *)value });
}
