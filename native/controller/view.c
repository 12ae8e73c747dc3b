#include "syscalls.h"
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "cleanup.h"
#include "failure.h"
#include "meminfo.h"
#include "mounts.h"
#include "rooted.h"

static const char device_path[] = "/dev/fuse";

/* How long a text is good for, in ms. */
#define TEXT_LIFE 100

static union {
	struct fuse_in_header header;
	char bytes[FUSE_MIN_READ_BUFFER];
} request;
static char text[MEMINFO_SIZE];

void view_open(struct view *view, struct plan *plan)
{
	char number[16];
	const struct option options[] = {
		{ "fd", number }, { "rootmode", "100444" }, { "user_id", "0" }, { "group_id", "0" }, { "allow_other", NULL },
		/* Has the kernel ask for the size at each open: without one it takes the file for empty in splice(2). */
		{ "default_permissions", NULL },
	};
	const struct options all = { .count = sizeof options / sizeof *options, .at = (struct option *)(uintptr_t)options };
	OWNED_FD device = -1;

	*view = (struct view){ .device = -1, .memory = &plan->memory };
	if (!plan->memory.target)
		return;
	device = open(device_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (device < 0) {
		complain("view", device_path, errno);
		return;
	}
	snprintf(number, sizeof number, "%d", device);
	plan->memory.tree = mount_new("fuse", "lxvirtd", &all,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, plan->memory.target);
	if (plan->memory.tree < 0)
		complain("view", device_path, last_failure()->error);
	else
		view->device = take(&device);
}

int view_attach(const struct plan *plan, int root)
{
	OWNED_FD place = -1;

	if (plan->memory.tree < 0)
		return 0;
	place = rooted_open(root, plan->memory.target, O_PATH);
	return place < 0 ? fail("view", plan->memory.target) : mount_attach(plan->memory.tree, place, plan->memory.target);
}

static void reply(const struct view *view, int error, const void *body, size_t length)
{
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof header + length),
		.error = -error,
		.unique = request.header.unique,
	};
	/* writev does not write to it. */
	struct iovec parts[] = { { &header, sizeof header }, { (void *)(uintptr_t)body, length } };

	/* ENOENT: who asked has been interrupted. */
	if (writev(view->device, parts, length ? 2 : 1) < 0 && errno != ENOENT)
		complain("view", device_path, errno);
}

static void agree(const struct view *view, const struct fuse_init_in *in)
{
	const struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor : FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = in->max_readahead,
		.max_write = MEMINFO_SIZE,
		.time_gran = 1,
	};

	reply(view, 0, &out, sizeof out);
}

static void make_text(struct view *view, uint64_t now)
{
	if (view->length && now - view->made < TEXT_LIFE)
		return;
	view->length = (uint32_t)meminfo_compose(text, view->memory);
	view->made = now;
}

static void tell_attributes(struct view *view, uint64_t now)
{
	struct fuse_attr_out out = {
		.attr = { .ino = FUSE_ROOT_ID, .mode = S_IFREG | 0444, .nlink = 1, .blksize = MEMINFO_SIZE },
	};

	make_text(view, now);
	out.attr.size = view->length;

	reply(view, 0, &out, sizeof out);
}

/* Read from its beginning it is made anew, unless it was a moment ago. */
static void tell_text(struct view *view, const struct fuse_read_in *in, uint64_t now)
{
	size_t length;

	if (!in->offset)
		make_text(view, now);
	if (!view->length) {
		reply(view, EIO, NULL, 0);
		return;
	}
	length = in->offset < view->length ? view->length - (size_t)in->offset : 0;
	reply(view, 0, length ? text + in->offset : NULL, length < in->size ? length : in->size);
}

static void answer(struct view *view, uint64_t now)
{
	const void *body = &request.header + 1;
	/* The size that the kernel is told is none: what it read last is not what comes next. */
	const struct fuse_open_out opened = { .open_flags = FOPEN_DIRECT_IO };

	switch (request.header.opcode) {
	case FUSE_INIT:
		agree(view, body);
		break;
	case FUSE_GETATTR:
		tell_attributes(view, now);
		break;
	case FUSE_OPEN:
		reply(view, 0, &opened, sizeof opened);
		break;
	case FUSE_READ:
		tell_text(view, body, now);
		break;
	case FUSE_RELEASE:
	case FUSE_DESTROY:
		reply(view, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		reply(view, ENOSYS, NULL, 0);
		break;
	}
}

bool view_serve(struct view *view, uint64_t now)
{
	for (int i = 0; i < VIEW_BURST; i++) {
		ssize_t length = read(view->device, &request, sizeof request);

		if (length >= (ssize_t)sizeof request.header)
			answer(view, now);
		else if (length < 0 && errno == ENODEV)
			drop(&view->device); /* The last who saw it is gone. */
		/* ENOENT: who asked has been interrupted. */
		if (view->device < 0 || (length < 0 && errno != ENOENT && errno != EINTR))
			return true;
	}
	view->resumes = now + VIEW_PAUSE;
	return false;
}
