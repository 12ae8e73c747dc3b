/* Who a name is, as the container's own /etc/passwd and /etc/group say. */
#ifndef USERS_H
#define USERS_H

#include <sys/types.h>

#define GROUP_LIMIT 64

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUP_LIMIT];
	size_t group_count;
};

/* `user` and `group` as in the plan; `root` is the container's. Fails with step "user" or "group". */
int users_resolve(int root, const char *user, const char *group, struct identity *identity);

#endif
