/*
 * Makes system calls by number, without arguments that could do harm, and prints errno of each ("0" if it succeeded).
 *   probe [-32] NUMBER…     -32: as a 32-bit program of the x86 family calls
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long call(long number)
{
	return syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) < 0 ? errno : 0;
}

static long call_32(long number)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(-1L), "c"(-1L), "d"(-1L), "S"(-1L), "D"(-1L) : "r8", "r9",
		"r10", "r11", "memory");
	return result < 0 ? -result : 0;
#else
	(void)number;
	return ENOSYS;
#endif
}

int main(int argc, char **argv)
{
	int compatible = argc > 1 && !strcmp(argv[1], "-32");

	for (int i = 1 + compatible; i < argc; i++)
		printf("%ld ", (compatible ? call_32 : call)(strtol(argv[i], NULL, 0)));
	printf("\n");
	return 0;
}
