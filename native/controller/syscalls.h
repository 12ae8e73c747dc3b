/* System calls that the C library has no function for. */
#ifndef SYSCALLS_H
#define SYSCALLS_H

#include <linux/close_range.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline int sys_openat2(int directory, const char *path, struct open_how *how)
{
	return (int)syscall(SYS_openat2, directory, path, how, sizeof *how);
}

static inline int sys_statx(int directory, const char *path, int flags, unsigned int wanted, struct statx *facts)
{
	return (int)syscall(SYS_statx, directory, path, flags, wanted, facts);
}

static inline int sys_open_tree(int directory, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, directory, path, flags);
}

static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int sys_mount_setattr(int directory, const char *path, unsigned int flags, struct mount_attr *attributes)
{
	return (int)syscall(SYS_mount_setattr, directory, path, flags, attributes, sizeof *attributes);
}

static inline int sys_fsopen(const char *type, unsigned int flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

static inline int sys_fsconfig(int context, unsigned int command, const char *key, const void *value, int extra)
{
	return (int)syscall(SYS_fsconfig, context, command, key, value, extra);
}

static inline int sys_fsmount(int context, unsigned int flags, unsigned int attributes)
{
	return (int)syscall(SYS_fsmount, context, flags, attributes);
}

static inline int sys_pivot_root(const char *root, const char *old)
{
	return (int)syscall(SYS_pivot_root, root, old);
}

/* <sched.h> cannot stand beside <linux/sched.h>. */
static inline int sys_unshare(unsigned long flags)
{
	return (int)syscall(SYS_unshare, flags);
}

static inline int sys_setns(int namespace, unsigned long kind)
{
	return (int)syscall(SYS_setns, namespace, kind);
}

static inline pid_t sys_clone3(struct clone_args *arguments)
{
	return (pid_t)syscall(SYS_clone3, arguments, sizeof *arguments);
}

static inline int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int sys_pidfd_send_signal(int pidfd, int number)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

#endif
