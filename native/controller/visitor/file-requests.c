#include "file-requests.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"
#include "lookup.h"
#include "plan-parts.h"
#include "replace.h"
#include "rooted.h"

typedef int request_function(struct session *s, struct reader *r, struct writer *w);

static int malformed(void)
{
	return fail_with("request", "", EPROTO);
}

static struct handle *read_handle(struct session *s, struct reader *r)
{
	uint32_t number = read_u32(r);

	return handles_get(&s->handles, number);
}

static int require_regular(int fd, const char *path)
{
	struct stat facts;

	if (fstat(fd, &facts))
		return fail("open", path);
	return S_ISREG(facts.st_mode) ? 0 : fail_with("open", path, EINVAL);
}

static int do_open(struct session *s, struct reader *r, struct writer *w)
{
	const char *path = read_string(r);
	uint32_t firm = read_u32(r);
	int flags = (int)read_u32(r), number;
	bool regular = read_bool(r);
	OWNED_FD fd = -1;

	if (r->bad)
		return malformed();
	number = handles_find_free(&s->handles, path);
	if (number < 0)
		return -1;
	fd = lookup_open(s->place.root, path, firm, flags);
	if (fd < 0 || (regular && require_regular(fd, path)))
		return -1;
	s->handles.at[number].fd = take(&fd);
	write_u32(w, (uint32_t)number);
	return 0;
}

/* Straight into the answer: its length is known afterwards. */
static int do_read(struct session *s, struct reader *r, struct writer *w)
{
	struct handle *handle = read_handle(s, r);
	uint32_t count = read_u32(r);
	ssize_t length;

	if (!handle)
		return -1;
	length = read(handle->fd, w->at + 4, count < CHUNK ? count : CHUNK);
	if (length < 0)
		return fail("read", "");
	write_bytes_in_place(w, (uint32_t)length);
	return 0;
}

static int do_write(struct session *s, struct reader *r, struct writer *w)
{
	struct handle *handle = read_handle(s, r);
	struct bytes data = read_bytes(r);
	ssize_t length;

	if (!handle)
		return -1;
	length = r->bad ? malformed() : write(handle->fd, data.at, data.length);
	if (length < 0)
		return r->bad ? -1 : fail("write", "");
	write_u32(w, (uint32_t)length);
	return 0;
}

static int do_seek(struct session *s, struct reader *r, struct writer *w)
{
	struct handle *handle = read_handle(s, r);
	off_t offset = (off_t)read_u64(r);
	int whence = (int)read_u32(r);

	if (!handle)
		return -1;
	offset = lseek(handle->fd, offset, whence);
	if (offset < 0)
		return fail("seek", "");
	write_u64(w, (uint64_t)offset);
	return 0;
}

static int do_flush(struct session *s, struct reader *r, struct writer *w)
{
	struct handle *handle = read_handle(s, r);

	(void)w;
	if (!handle)
		return -1;
	return fsync(handle->fd) ? fail("flush", "") : 0;
}

static int do_close(struct session *s, struct reader *r, struct writer *w)
{
	struct handle *handle = read_handle(s, r);

	(void)w;
	if (!handle)
		return -1;
	handle_close(handle);
	return 0;
}

static int do_stat(struct session *s, struct reader *r, struct writer *w)
{
	const char *path = read_string(r);
	struct stat facts;
	OWNED_FD place = rooted_open(s->place.root, path, O_PATH | O_NOFOLLOW);

	if (place < 0 || fstat(place, &facts))
		return fail("stat", path);
	write_u32(w, facts.st_mode);
	write_u64(w, (uint64_t)facts.st_size);
	write_u32(w, facts.st_uid);
	write_u32(w, facts.st_gid);
	write_u32(w, major(facts.st_dev));
	write_u32(w, minor(facts.st_dev));
	return 0;
}

static int do_space(struct session *s, struct reader *r, struct writer *w)
{
	const char *path = read_string(r);
	struct statvfs facts;
	uint64_t unit;
	OWNED_FD place = rooted_open(s->place.root, path, O_PATH);

	if (place < 0 || fstatvfs(place, &facts))
		return fail("statvfs", path);
	unit = facts.f_frsize;
	write_u64(w, unit * facts.f_blocks);
	write_u64(w, unit * (facts.f_blocks - facts.f_bfree));
	write_u64(w, unit * facts.f_bavail);
	return 0;
}

static struct ownership read_ownership(struct reader *r)
{
	struct ownership ownership;

	ownership.mode = read_u32(r) & 07777;
	ownership.uid = read_u32(r);
	ownership.gid = read_u32(r);
	return ownership;
}

static int do_make_directory(struct session *s, struct reader *r, struct writer *w)
{
	const char *path = read_string(r), *name;
	struct ownership ownership = read_ownership(r);
	OWNED_FD parent = lookup_parent(s->place.root, path, &name);
	OWNED_FD made = -1;

	(void)w;
	if (parent < 0 || mkdirat(parent, name, ownership.mode))
		return fail("mkdir", path);
	/* A directory: whoever may rename what is there could have put a link to a file in its place. */
	made = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (made < 0 || fchownat(made, "", ownership.uid, ownership.gid, AT_EMPTY_PATH))
		return fail("chown", path);
	return 0;
}

static int do_replace(struct session *s, struct reader *r, struct writer *w)
{
	const char *path = read_string(r);
	uint32_t firm = read_u32(r);
	struct ownership ownership = read_ownership(r);
	int number;

	if (r->bad)
		return malformed();
	number = handles_find_free(&s->handles, path);
	if (number < 0 || replace_begin(s->place.root, path, firm, &ownership, &s->handles.at[number]))
		return -1;
	write_u32(w, (uint32_t)number);
	return 0;
}

static int do_finish(struct session *s, struct reader *r, struct writer *w)
{
	struct handle *handle = read_handle(s, r);

	(void)w;
	if (!handle)
		return -1;
	return handle->replacement.directory < 0 ? fail_with("replace", "", EBADF) : replace_finish(handle);
}

static request_function *const functions[FILE_REQUESTS] = {
	[FILE_OPEN] = do_open,
	[FILE_READ] = do_read,
	[FILE_WRITE] = do_write,
	[FILE_SEEK] = do_seek,
	[FILE_FLUSH] = do_flush,
	[FILE_CLOSE] = do_close,
	[FILE_STAT] = do_stat,
	[FILE_SPACE] = do_space,
	[FILE_MAKE_DIRECTORY] = do_make_directory,
	[FILE_REPLACE] = do_replace,
	[FILE_FINISH] = do_finish,
};

int file_request(struct session *session, struct reader *r, struct writer *w)
{
	uint32_t kind = read_kind(r, FILE_REQUESTS);

	return r->bad ? malformed() : functions[kind](session, r, w);
}
