#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "failure.h"
#include "rooted.h"

/* Of /etc/passwd and /etc/group: the container owns them. */
#define FILE_LIMIT (4u << 20)

/* "0", "1000", "+1000" */
static bool parse_id(const char *text, uint32_t *id)
{
	uint64_t value = 0;

	if (*text == '+')
		text++;
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value >= UINT32_MAX)
			return false;
	}
	*id = (uint32_t)value;
	return true;
}

/* The file's text, NUL-terminated, to be freed by the caller; NULL with the failure recorded. */
static char *read_text(int root, const char *path, const char *step)
{
	OWNED_FD fd = rooted_regular(root, path, O_RDONLY, step);
	char *text;
	size_t used = 0;
	ssize_t length = 0;

	if (fd < 0)
		return NULL;
	text = malloc(FILE_LIMIT + 1);
	if (!text) {
		fail(step, path);
		return NULL;
	}
	while (used < FILE_LIMIT && (length = read(fd, text + used, FILE_LIMIT - used)) > 0)
		used += (size_t)length;
	if (length < 0) {
		fail(step, path);
		free(text);
		return NULL;
	}
	text[used] = '\0';
	return text;
}

/* Splits a line "a:b:c" in place; missing fields are "". */
static void split(char *line, char *fields[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fields[i] = line;
		line += strcspn(line, ":");
		if (*line)
			*line++ = '\0';
	}
}

static char *next_line(char **rest)
{
	char *line = *rest;

	if (!*line)
		return NULL;
	*rest += strcspn(line, "\n");
	if (**rest)
		*(*rest)++ = '\0';
	return line;
}

/* Field 2 of the line whose field 0 is `name`, and field 3 if `second` is given. */
static bool find(char *text, const char *name, uint32_t *first, uint32_t *second)
{
	char *line, *fields[4];

	while ((line = next_line(&text))) {
		split(line, fields, 4);
		if (!strcmp(fields[0], name))
			return parse_id(fields[2], first) && (!second || parse_id(fields[3], second));
	}
	return false;
}

static bool lists(char *members, const char *user)
{
	while (*members) {
		size_t length = strcspn(members, ",");

		if (strlen(user) == length && !memcmp(members, user, length))
			return true;
		members += length + (members[length] == ',');
	}
	return false;
}

/* The groups that name `user` as a member. Without /etc/group there are none. */
static int supplementary(int root, const char *user, struct identity *identity)
{
	char *text = read_text(root, "/etc/group", "group"), *rest = text, *line, *fields[4];
	uint32_t gid;

	if (!text)
		return last_failure()->error == ENOENT ? 0 : -1;
	while ((line = next_line(&rest)) && identity->group_count < GROUP_LIMIT) {
		split(line, fields, 4);
		if (lists(fields[3], user) && parse_id(fields[2], &gid))
			identity->groups[identity->group_count++] = gid;
	}
	free(text);
	return 0;
}

static int by_name(int root, const char *path, const char *step, const char *name, uint32_t *first, uint32_t *second)
{
	char *text = read_text(root, path, step);
	bool found;

	if (!text)
		return -1;
	found = find(text, name, first, second);
	free(text);
	return found ? 0 : fail_with(step, name, ENOENT);
}

int users_resolve(int root, const char *user, const char *group, struct identity *identity)
{
	*identity = (struct identity){ .uid = 0 };
	if (user && !parse_id(user, &identity->uid)) {
		if (by_name(root, "/etc/passwd", "user", user, &identity->uid, &identity->gid))
			return -1;
		if (supplementary(root, user, identity))
			return -1;
	}
	if (group && !parse_id(group, &identity->gid))
		return by_name(root, "/etc/group", "group", group, &identity->gid, NULL);
	return 0;
}
