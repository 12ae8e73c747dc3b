#include "entries.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "failure.h"
#include "rooted.h"

static int own(int parent, const char *name, const struct entry *entry)
{
	if ((entry->uid || entry->gid) && fchownat(parent, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW))
		return fail("chown", entry->path);
	return 0;
}

static int make_node(int parent, const char *name, const struct plan *plan, const struct entry *entry)
{
	const struct device *device = &entry->device;
	dev_t id = device->is_loop ? plan->loops[device->loop].id : makedev(device->major, device->minor);

	if (mknodat(parent, name, (entry->is_block ? S_IFBLK : S_IFCHR) | entry->mode, id))
		return fail("mknod", entry->path);
	return own(parent, name, entry);
}

static int make_file(int parent, const char *name, const struct entry *entry)
{
	size_t length = strlen(entry->text);
	OWNED_FD fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry->mode);

	if (fd < 0 || write(fd, entry->text, length) != (ssize_t)length)
		return fail("write", entry->path);
	return own(parent, name, entry);
}

/* A place for a mount, which a directory of the host may have already. Through symlinks, as it will be looked for. */
static bool exists(int tree, const struct entry *entry)
{
	OWNED_FD place = entry->kind == ENTRY_NODE || entry->kind == ENTRY_SYMLINK ? -1 : rooted_open(tree, entry->path, O_PATH);

	return place >= 0;
}

static int make_directory(int parent, const char *name, const struct entry *entry)
{
	return mkdirat(parent, name, entry->mode) ? fail("mkdir", entry->path) : own(parent, name, entry);
}

/* A directory for a directory, an empty file for all else. */
static int make_place(int parent, const char *name, const struct entry *entry)
{
	struct stat source;

	if (stat(entry->text, &source))
		return fail("source", entry->text);
	if (S_ISDIR(source.st_mode))
		return make_directory(parent, name, entry);
	return mknodat(parent, name, S_IFREG | (entry->mode & 0666), 0) ? fail("touch", entry->path) : own(parent, name, entry);
}

static int make(int tree, const struct plan *plan, const struct entry *entry)
{
	const char *name;
	OWNED_FD parent = rooted_parent(tree, entry->path, &name, "mkdir");

	if (parent < 0)
		return -1;
	if (exists(tree, entry))
		return 0;
	switch (entry->kind) {
	case ENTRY_DIRECTORY:
		return make_directory(parent, name, entry);
	case ENTRY_SYMLINK:
		return symlinkat(entry->text, parent, name) ? fail("symlink", entry->path) : 0;
	case ENTRY_FILE:
		return make_file(parent, name, entry);
	case ENTRY_NODE:
		return make_node(parent, name, plan, entry);
	case ENTRY_PLACE:
		return make_place(parent, name, entry);
	case ENTRY_KINDS:
		break;
	}
	return fail_with("plan", entry->path, 0);
}

int entries_make(int tree, const struct plan *plan, const struct host_mount *mount)
{
	for (uint32_t i = 0; i < mount->entry_count; i++)
		if (make(tree, plan, &mount->entries[i]))
			return -1;
	return 0;
}
