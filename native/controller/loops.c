#include "loops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "failure.h"

/* Others take free numbers too. */
#define RETRIES 64

static int configure(int device, int file, const struct loop *loop)
{
	struct loop_config config = {
		.fd = (unsigned)file,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | (loop->readonly ? LO_FLAGS_READ_ONLY : 0),
	};

	snprintf((char *)config.info.lo_file_name, sizeof config.info.lo_file_name, "%s", loop->file);
	return ioctl(device, LOOP_CONFIGURE, &config);
}

/* Opens a free device and ties it to `file`. -1 with errno. */
static int claim(int control, int file, struct loop *loop)
{
	char path[32];

	for (int i = 0; i < RETRIES; i++) {
		OWNED_FD device = -1;

		loop->number = ioctl(control, LOOP_CTL_GET_FREE);
		if (loop->number < 0)
			return -1;
		snprintf(path, sizeof path, "/dev/loop%d", loop->number);
		device = open(path, (loop->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
		if (device < 0)
			return -1;
		if (!configure(device, file, loop))
			return take(&device);
		if (errno != EBUSY)
			return -1;
	}
	return -1;
}

static int attach(struct loop *loop)
{
	static const char control_path[] = "/dev/loop-control";
	struct stat facts;
	OWNED_FD file = open(loop->file, (loop->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	OWNED_FD control = -1;

	if (file < 0)
		return fail("loop", loop->file);
	control = open(control_path, O_RDWR | O_CLOEXEC);
	if (control < 0)
		return fail("loop", control_path);
	loop->device = claim(control, file, loop);
	if (loop->device < 0 || fstat(loop->device, &facts))
		return fail("loop", loop->file);
	loop->id = facts.st_rdev;
	return 0;
}

int loops_attach(struct plan *plan)
{
	for (uint32_t i = 0; i < plan->loop_count; i++)
		if (attach(&plan->loops[i]))
			return -1;
	return 0;
}
