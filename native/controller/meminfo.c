#include "meminfo.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/* Figures of a cgroup, in bytes. */
struct figures {
	/* The cgroup tells: else the host's figures stay. */
	bool known;
	uint64_t limit, usage;
	/* Swap alone; no limit of its own leaves the host's figures. */
	bool has_swap;
	uint64_t swap_limit, swap_usage;
	char stat[8192];
	bool unified;
};

static size_t read_text(int directory, const char *name, char *text, size_t size)
{
	OWNED_FD fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	return length > 0 ? (size_t)length : 0;
}

/* "max" is more than any machine has. */
static bool read_number(int directory, const char *name, uint64_t *number)
{
	char text[32];

	if (!read_text(directory, name, text, sizeof text))
		return false;
	*number = text[0] == 'm' ? UINT64_MAX : strtoull(text, NULL, 10);
	return true;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t rest(uint64_t whole, uint64_t part)
{
	return whole > part ? whole - part : 0;
}

/* v1's second limit is that of memory and swap together. */
static bool read_figures(struct figures *f, const struct memory_view *view)
{
	OWNED_FD directory = open(view->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t together, both;

	f->unified = view->unified;
	if (directory < 0 || !read_text(directory, "memory.stat", f->stat, sizeof f->stat))
		return false;
	if (view->unified) {
		f->has_swap = read_number(directory, "memory.swap.max", &f->swap_limit) &&
			read_number(directory, "memory.swap.current", &f->swap_usage);
		return read_number(directory, "memory.max", &f->limit) && read_number(directory, "memory.current", &f->usage);
	}
	if (!read_number(directory, "memory.limit_in_bytes", &f->limit) ||
		!read_number(directory, "memory.usage_in_bytes", &f->usage))
		return false;
	f->has_swap = read_number(directory, "memory.memsw.limit_in_bytes", &together) &&
		read_number(directory, "memory.memsw.usage_in_bytes", &both);
	if (f->has_swap) {
		f->swap_limit = rest(together, f->limit);
		f->swap_usage = rest(both, f->usage);
	}
	return true;
}

/* A figure of memory.stat; v1 has those of the whole tree as "total_…". */
static uint64_t stat_of(const struct figures *f, const char *name)
{
	char line[64];
	const char *found;
	int length = snprintf(line, sizeof line, "\n%s%s ", f->unified ? "" : "total_", name);

	found = strstr(f->stat, line);
	if (found)
		return strtoull(found + length, NULL, 10);
	/* v2's first line. */
	return strncmp(f->stat, line + 1, (size_t)length - 1) ? 0 : strtoull(f->stat + length - 1, NULL, 10);
}

/* What stands for a line of the host's: the sum of two figures of memory.stat, by v1's and v2's names of them. */
static const struct {
	const char *name, *v1, *v1_more, *v2, *v2_more;
} sums[] = {
	{ "Buffers", NULL, NULL, NULL, NULL },
	{ "Cached", "cache", NULL, "file", NULL },
	{ "SwapCached", NULL, NULL, NULL, NULL },
	{ "Active", "active_anon", "active_file", "active_anon", "active_file" },
	{ "Inactive", "inactive_anon", "inactive_file", "inactive_anon", "inactive_file" },
	{ "Active(anon)", "active_anon", NULL, "active_anon", NULL },
	{ "Inactive(anon)", "inactive_anon", NULL, "inactive_anon", NULL },
	{ "Active(file)", "active_file", NULL, "active_file", NULL },
	{ "Inactive(file)", "inactive_file", NULL, "inactive_file", NULL },
	{ "Unevictable", "unevictable", NULL, "unevictable", NULL },
	{ "Dirty", "dirty", NULL, "file_dirty", NULL },
	{ "Writeback", "writeback", NULL, "file_writeback", NULL },
	{ "AnonPages", "active_anon", "inactive_anon", "anon", NULL },
	{ "Mapped", "mapped_file", NULL, "file_mapped", NULL },
	{ "Shmem", "shmem", NULL, "shmem", NULL },
	{ "KReclaimable", NULL, NULL, "slab_reclaimable", NULL },
	{ "Slab", NULL, NULL, "slab_reclaimable", "slab_unreclaimable" },
	{ "SReclaimable", NULL, NULL, "slab_reclaimable", NULL },
	{ "SUnreclaim", NULL, NULL, "slab_unreclaimable", NULL },
};

static uint64_t sum_of(const struct figures *f, const char *first, const char *second)
{
	return (first ? stat_of(f, first) : 0) + (second ? stat_of(f, second) : 0);
}

/* The container's figure in place of the host's `value`, both in bytes. */
static uint64_t replace(const struct figures *f, const char *name, uint64_t value)
{
	if (!strcmp(name, "MemTotal"))
		return f->limit;
	if (!strcmp(name, "MemFree"))
		return rest(f->limit, f->usage);
	if (!strcmp(name, "MemAvailable"))
		return least(f->limit, rest(f->limit, f->usage) + sum_of(f, "active_file", "inactive_file"));
	if (f->has_swap && !strcmp(name, "SwapTotal"))
		return least(value, f->swap_limit);
	if (f->has_swap && !strcmp(name, "SwapFree"))
		return least(value, rest(f->swap_limit, f->swap_usage));
	for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
		if (!strcmp(name, sums[i].name))
			return f->unified ? sum_of(f, sums[i].v2, sums[i].v2_more) : sum_of(f, sums[i].v1, sums[i].v1_more);
	return value;
}

/* One line of the host's, "NAME:   VALUE kB", with the container's figure. Returns its length; 0 leaves it out. */
static size_t rewrite(struct figures *f, char *line, char *out, size_t room)
{
	char *colon = strchr(line, ':');
	bool kib = strstr(line, " kB") != NULL;
	uint64_t value;
	int length;

	if (!colon)
		return 0;
	*colon = '\0';
	value = strtoull(colon + 1, NULL, 10);
	if (!strcmp(line, "MemTotal"))
		f->limit = least(f->limit, value << 10);
	if (kib && f->known)
		value = replace(f, line, value << 10) >> 10;
	length = snprintf(out, room, "%s:%*s%8llu%s\n", line, 15 - (int)strlen(line), "", (unsigned long long)value,
		kib ? " kB" : "");
	return length > 0 && (size_t)length < room ? (size_t)length : 0;
}

size_t meminfo_compose(char text[MEMINFO_SIZE], const struct memory_view *view)
{
	static struct figures figures;
	static char host[MEMINFO_SIZE];
	size_t length = 0;

	if (!read_text(AT_FDCWD, "/proc/meminfo", host, sizeof host))
		return 0;
	figures.known = read_figures(&figures, view);
	for (char *line = host; *line;) {
		char *end = strchrnul(line, '\n');
		bool last = !*end;

		*end = '\0';
		length += rewrite(&figures, line, text + length, MEMINFO_SIZE - length);
		line = last ? end : end + 1;
	}
	return length;
}
