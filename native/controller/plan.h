/*
 * The plan, as the daemon wrote it (native/plan/plan.ts says what each field means; the fields have the same names and
 * the same order there). Everything points into the plan's arena or document.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "xdr.h"

/* Raised with every change of the format: both sides come from one build. */
#define PLAN_VERSION 4
/* Bytes of a document. */
#define PLAN_LIMIT (1u << 20)

struct option {
	const char *key;
	const char *value;
};

struct options {
	uint32_t count;
	struct option *at;
};

struct device {
	bool is_loop;
	uint32_t loop;
	uint32_t major;
	uint32_t minor;
};

enum entry_kind { ENTRY_DIRECTORY, ENTRY_SYMLINK, ENTRY_FILE, ENTRY_NODE, ENTRY_PLACE, ENTRY_KINDS };

struct entry {
	enum entry_kind kind;
	const char *path;
	const char *text; /* a symlink's target, a file's contents, what will be mounted at a place */
	bool is_block;
	struct device device;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

enum mount_origin { FROM_PATH, FROM_FILESYSTEM, MOUNT_ORIGINS };
enum source_kind { SOURCE_PATH, SOURCE_LOOP, SOURCE_KINDS };

struct host_mount {
	enum mount_origin from;
	const char *path; /* FROM_PATH */
	bool recursive;
	const char *type; /* FROM_FILESYSTEM, as the next four */
	const char *source;
	bool source_is_loop;
	uint32_t source_loop;
	struct options options;
	uint32_t attributes;
	uint32_t entry_count;
	struct entry *entries;
	/* Made by the host stage: a mount that is attached nowhere. */
	int tree;
};

struct loop {
	const char *file;
	bool readonly;
	/* Made by the host stage: the open device (which keeps it attached) and its number. */
	int device;
	int number;
	dev_t id;
};

struct join {
	uint32_t kind; /* one CLONE_NEW* */
	const char *path;
};

struct id_range {
	uint32_t inside, outside, count;
};

struct link_address {
	struct bytes address;
	uint32_t prefix;
	struct bytes peer; /* length 0: none */
};

enum operation_kind {
	OP_AWAIT_GO,
	OP_MKDIR,
	OP_SYMLINK,
	OP_TOUCH,
	OP_WRITE,
	OP_ATTACH,
	OP_MOUNT,
	OP_BIND,
	OP_ATTRIBUTES,
	OP_MASK,
	OP_CONSOLES,
	OP_HOSTNAME,
	OP_LINK,
	OP_ROUTE,
	OP_RLIMIT,
	OP_PERSONALITY,
	OP_AFFINITY,
	OP_MEMPOLICY,
	OP_OOM_SCORE,
	OP_COVER,
	OPERATION_KINDS
};

struct operation {
	enum operation_kind kind;
	union {
		struct {
			const char *path;
			mode_t mode;
		} mkdir;
		struct {
			const char *path, *target;
		} symlink;
		struct {
			const char *path;
		} touch, mask;
		struct {
			const char *path, *contents;
		} write;
		struct {
			struct host_mount mount;
			const char *target;
		} attach;
		struct {
			const char *type, *source;
			struct options options;
			uint32_t attributes;
			const char *target;
		} mount;
		struct {
			const char *source, *target;
			bool recursive;
			uint32_t attributes;
			bool optional;
		} bind;
		struct {
			const char *source, *target;
		} cover;
		struct {
			const char *path;
			bool recursive;
			uint32_t attributes;
		} attributes;
		struct {
			const char *devpts;
			uint32_t count;
			mode_t mode;
			uid_t uid;
			gid_t gid;
		} consoles;
		struct {
			const char *name;
		} hostname;
		struct link {
			const char *name, *rename;
			uint32_t mtu; /* 0: unchanged */
			uint32_t address_count;
			struct link_address *addresses;
			bool up;
		} link;
		struct route {
			const char *link;
			struct bytes destination;
			uint32_t prefix;
			struct bytes gateway; /* length 0: none */
			bool has_metric;
			uint32_t metric;
		} route;
		struct {
			uint32_t resource;
			uint64_t soft, hard; /* UINT64_MAX: without limit */
		} rlimit;
		struct {
			uint32_t persona;
		} personality;
		struct numbers {
			uint32_t mode; /* OP_MEMPOLICY */
			uint32_t count;
			uint32_t *at;
		} numbers;
		struct {
			int32_t adjustment;
		} oom_score;
	};
};

struct program {
	struct strings argv, env;
	const char *directory, *user, *group;
	uint64_t capabilities;
	bool no_new_privileges;
	struct bytes seccomp;
	const char *label_attribute, *label; /* NULL: none */
	bool terminal;
};

/* A file of the container that shows the figures of its cgroup. */
struct memory_view {
	const char *target; /* NULL: none */
	bool unified;
	const char *directory;
	/* Made by the host stage: a mount that is attached nowhere; -1: none. */
	int tree;
};

struct plan {
	const char *name, *socket, *pid_file, *outcome_file;
	uint32_t namespaces; /* CLONE_NEW* */
	uint32_t join_count;
	struct join *joins;
	uint32_t uid_range_count, gid_range_count;
	struct id_range *uid_ranges, *gid_ranges;
	struct strings task_files;
	const char *unified_directory;
	struct strings cgroup_directories;
	uint32_t loop_count;
	struct loop *loops;
	struct host_mount root;
	const char *root_mount_point;
	uint32_t operation_count;
	struct operation *operations;
	struct program program;
	struct memory_view memory;
};

/* Decodes a whole document; it must outlive the plan. Fails with step "plan" on anything that is not one. */
int plan_decode(struct plan *plan, struct arena *arena, struct bytes document);
/* How many consoles its operations open. */
uint32_t plan_consoles(const struct plan *plan);

#endif
