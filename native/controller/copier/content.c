#include "content.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BUFFER (1 << 18)
/* In one go. */
#define STEP (1 << 30)

static size_t least(off_t length, size_t limit)
{
	return length < (off_t)limit ? (size_t)length : limit;
}

/* Where the kernel cannot copy by itself. */
static ssize_t copy_piece(int from, int to, off_t at, off_t length)
{
	static char buffer[BUFFER];
	ssize_t got = pread(from, buffer, least(length, sizeof buffer), at);

	for (ssize_t done = 0; done < got;) {
		ssize_t put = pwrite(to, buffer + done, (size_t)(got - done), at + done);

		if (put < 0)
			return -1;
		done += put;
	}
	return got;
}

static bool is_declined(int error)
{
	return error == EXDEV || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS || error == EPERM;
}

static int copy_range(int from, int to, off_t at, off_t end)
{
	static bool by_hand;

	while (at < end) {
		off_t in = at, out = at;
		ssize_t copied = by_hand ? copy_piece(from, to, at, end - at)
					 : copy_file_range(from, &in, to, &out, least(end - at, STEP), 0);

		if (copied < 0 && !by_hand && is_declined(errno)) {
			by_hand = true;
			continue;
		}
		if (copied < 0 && errno == EINTR)
			continue;
		if (copied <= 0)
			return (int)copied;
		at += copied;
	}
	return 0;
}

int content_copy(int from, int to, off_t size)
{
	/* Shares a file as it is now, however long that is. */
	if (size > 0 && !ioctl(to, FICLONE, from))
		return 0;
	if (ftruncate(to, size))
		return -1;
	for (off_t at = 0; at < size;) {
		off_t data = lseek(from, at, SEEK_DATA);
		off_t hole;

		if (data < 0 && errno == ENXIO)
			return 0;
		if (data < 0)
			data = at;
		if (data >= size)
			return 0;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		if (hole <= data || copy_range(from, to, data, hole))
			return hole <= data ? 0 : -1;
		at = hole;
	}
	return 0;
}
