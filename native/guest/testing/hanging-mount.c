/*
 * Mounts a file system at argv[1] that never answers: a FUSE whose server, this process, reads no request. Prints a line
 * once it is there, and waits to be killed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char options[128];
	int device = open("/dev/fuse", O_RDWR);

	if (argc != 2 || device < 0)
		return 1;
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
	if (mount("hanging", argv[1], "fuse", 0, options))
		return 1;
	printf("mounted\n");
	fflush(stdout);
	pause();
	return 0;
}
