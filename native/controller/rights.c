#include "rights.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"

static bool has(uint64_t set, int capability)
{
	return set >> capability & 1;
}

int rights_bound(uint64_t keep)
{
	/* The kernel may know more capabilities than these headers; it ends the list with EINVAL. */
	for (int capability = 0; capability < 64; capability++) {
		int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);

		if (held < 0)
			break;
		if (held && !has(keep, capability) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0))
			return fail("capabilities", "bounding");
	}
	return 0;
}

int rights_filter(struct bytes program)
{
	/* The document may lie at any address, a filter may not. */
	struct sock_filter filter[BPF_MAXINSNS];
	struct sock_fprog fprog = { .len = (unsigned short)(program.length / sizeof *filter), .filter = filter };

	if (!program.length)
		return 0;
	if (program.length > sizeof filter)
		return fail_with("seccomp", "", E2BIG);
	memcpy(filter, program.at, program.length);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) ? fail("seccomp", "") : 0;
}

int rights_assume(const struct identity *identity)
{
	if (setgroups(identity->group_count, identity->groups))
		return fail("setgroups", "");
	if (setresgid(identity->gid, identity->gid, identity->gid))
		return fail("setgid", "");
	return setresuid(identity->uid, identity->uid, identity->uid) ? fail("setuid", "") : 0;
}

int rights_limit(uint64_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return fail("capabilities", "");
	for (int half = 0; half < 2; half++) {
		data[half].permitted &= (uint32_t)(keep >> 32 * half);
		data[half].effective = data[half].permitted;
		data[half].inheritable = 0;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) || syscall(SYS_capset, &header, data))
		return fail("capabilities", "");
	return 0;
}

/* From here on it can do less and less; the order is forced by what each step needs. */
int rights_give_up(const struct program *program, const struct identity *identity)
{
	if (rights_bound(program->capabilities))
		return -1;
	if (program->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fail("no-new-privileges", "");
	if (rights_filter(program->seccomp) || rights_assume(identity))
		return -1;
	return rights_limit(program->capabilities);
}
