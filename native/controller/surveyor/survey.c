#include "../syscalls.h"
#include "survey.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../cleanup.h"

#define WANTED (STATX_BASIC_STATS | STATX_BTIME)

#define SECOND 1000000000

static int64_t nanoseconds(const struct statx_timestamp *moment)
{
	int64_t sum;

	if (__builtin_mul_overflow(moment->tv_sec, SECOND, &sum) || __builtin_add_overflow(sum, moment->tv_nsec, &sum))
		return moment->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static void write_moment(struct writer *w, const struct statx_timestamp *moment)
{
	write_u64(w, (uint64_t)nanoseconds(moment));
}

static void write_facts(struct writer *w, const struct statx *facts)
{
	write_u32(w, 0);
	write_u32(w, facts->stx_mode);
	write_u32(w, facts->stx_uid);
	write_u32(w, facts->stx_gid);
	write_u64(w, facts->stx_size);
	write_u64(w, facts->stx_blocks);
	write_moment(w, &facts->stx_atime);
	write_moment(w, &facts->stx_mtime);
	write_moment(w, &facts->stx_ctime);
	write_moment(w, &facts->stx_btime);
}

static int write_piece(struct writer *w, int fd, off_t size, const struct piece *piece)
{
	/* Straight to where it belongs: its length is known afterwards. */
	ssize_t length = piece->offset < size ? pread(fd, w->at + 4, piece->length, piece->offset) : 0;

	if (length < 0)
		return -1;
	write_bytes_in_place(w, (uint32_t)length);
	return 0;
}

/*
 * What was an ordinary file a moment ago may be anything now: what is opened is looked at again, a link is not followed,
 * nobody waits for the other end of a pipe, and no terminal becomes this process's.
 */
static int write_file(struct writer *w, const char *name, const struct pieces *pieces)
{
	OWNED_FD fd = openat(DIRECTORY, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct statx facts;

	if (fd < 0 || sys_statx(fd, "", AT_EMPTY_PATH, WANTED, &facts))
		return -1;
	write_facts(w, &facts);
	if (!S_ISREG(facts.stx_mode)) {
		write_u32(w, 0);
		return 0;
	}
	write_u32(w, pieces->count);
	for (uint32_t i = 0; i < pieces->count; i++)
		if (write_piece(w, fd, (off_t)facts.stx_size, &pieces->at[i]))
			return -1;
	return 0;
}

static int write_report(struct writer *w, const struct entry *entry, const struct pieces *pieces)
{
	struct statx facts;

	/* Nothing is asked of a file that will be opened anyway. */
	if (entry->kind == DT_REG && entry->changed == INT64_MIN)
		return write_file(w, entry->name, pieces);
	if (sys_statx(DIRECTORY, entry->name, AT_SYMLINK_NOFOLLOW, WANTED, &facts))
		return -1;
	if (S_ISREG(facts.stx_mode) && nanoseconds(&facts.stx_ctime) != entry->changed)
		return write_file(w, entry->name, pieces);
	write_facts(w, &facts);
	write_u32(w, 0);
	return 0;
}

void survey(const struct entry *entry, const struct pieces *pieces, struct writer *w)
{
	uint8_t *begin = w->at;

	if (write_report(w, entry, pieces)) {
		w->at = begin;
		write_u32(w, (uint32_t)errno);
	}
}
