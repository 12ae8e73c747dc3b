#include "plan.h"

#include <errno.h>
#include <linux/sched.h>

#include "failure.h"
#include "plan-parts.h"

/* What a message to the daemon has room for. */
#define CONSOLE_LIMIT 64
#define LOOP_LIMIT 64

#define NAMESPACES \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWCGROUP)

uint32_t read_kind(struct reader *r, uint32_t kinds)
{
	uint32_t kind = read_u32(r);

	if (kind < kinds)
		return kind;
	r->bad = true;
	return 0;
}

struct options read_options(struct reader *r)
{
	struct options options;

	options.at = read_array(r, &options.count, sizeof *options.at);
	for (uint32_t i = 0; i < options.count; i++) {
		options.at[i].key = read_string(r);
		options.at[i].value = read_optional_string(r);
	}
	return options;
}

static struct device read_device(struct reader *r, const struct plan *plan)
{
	struct device device = { .is_loop = read_kind(r, 2) == 1 };

	if (device.is_loop) {
		device.loop = read_kind(r, plan->loop_count);
	} else {
		device.major = read_u32(r);
		device.minor = read_u32(r);
	}
	return device;
}

static void read_owner(struct reader *r, struct entry *entry)
{
	entry->mode = read_u32(r) & 07777;
	entry->uid = read_u32(r);
	entry->gid = read_u32(r);
}

static void read_entry(struct reader *r, const struct plan *plan, struct entry *entry)
{
	entry->kind = read_kind(r, ENTRY_KINDS);
	entry->path = read_string(r);
	switch (entry->kind) {
	case ENTRY_DIRECTORY:
		read_owner(r, entry);
		break;
	case ENTRY_SYMLINK:
		entry->text = read_string(r);
		break;
	case ENTRY_FILE:
		read_owner(r, entry);
		entry->text = read_string(r);
		break;
	case ENTRY_NODE:
		entry->is_block = read_kind(r, 2) == 1;
		entry->device = read_device(r, plan);
		read_owner(r, entry);
		break;
	case ENTRY_PLACE:
		entry->text = read_string(r);
		read_owner(r, entry);
		break;
	case ENTRY_KINDS:
		break;
	}
}

static void read_source(struct reader *r, const struct plan *plan, struct host_mount *mount)
{
	if (!read_bool(r))
		return;
	mount->source_is_loop = read_kind(r, SOURCE_KINDS) == SOURCE_LOOP;
	if (mount->source_is_loop)
		mount->source_loop = read_kind(r, plan->loop_count);
	else
		mount->source = read_string(r);
}

void read_host_mount(struct reader *r, const struct plan *plan, struct host_mount *mount)
{
	mount->tree = -1;
	mount->from = read_kind(r, MOUNT_ORIGINS);
	if (mount->from == FROM_PATH) {
		mount->path = read_string(r);
		mount->recursive = read_bool(r);
	} else {
		mount->type = read_string(r);
		read_source(r, plan, mount);
		mount->options = read_options(r);
	}
	mount->attributes = read_u32(r);
	mount->entries = read_array(r, &mount->entry_count, sizeof *mount->entries);
	for (uint32_t i = 0; i < mount->entry_count; i++)
		read_entry(r, plan, &mount->entries[i]);
}

static struct id_range *read_ranges(struct reader *r, uint32_t *count)
{
	struct id_range *ranges = read_array(r, count, sizeof *ranges);

	for (uint32_t i = 0; i < *count; i++) {
		ranges[i].inside = read_u32(r);
		ranges[i].outside = read_u32(r);
		ranges[i].count = read_u32(r);
	}
	return ranges;
}

void read_program(struct reader *r, struct program *program)
{
	program->argv = read_strings(r);
	program->env = read_strings(r);
	program->directory = read_string(r);
	program->user = read_optional_string(r);
	program->group = read_optional_string(r);
	program->capabilities = read_u64(r);
	program->no_new_privileges = read_bool(r);
	program->seccomp = read_bytes(r);
	if (read_bool(r)) {
		program->label_attribute = read_string(r);
		program->label = read_string(r);
	}
	program->terminal = read_bool(r);
	if (program->argv.count == 0 || program->seccomp.length % 8 != 0)
		r->bad = true;
}

static void read_host_part(struct reader *r, struct plan *plan)
{
	plan->name = read_string(r);
	plan->socket = read_optional_string(r);
	plan->pid_file = read_optional_string(r);
	plan->outcome_file = read_optional_string(r);
	plan->namespaces = read_u32(r);
	if (plan->namespaces & ~(uint32_t)NAMESPACES)
		r->bad = true;
	plan->joins = read_array(r, &plan->join_count, sizeof *plan->joins);
	for (uint32_t i = 0; i < plan->join_count; i++) {
		plan->joins[i].kind = read_u32(r);
		plan->joins[i].path = read_string(r);
	}
	plan->uid_ranges = read_ranges(r, &plan->uid_range_count);
	plan->gid_ranges = read_ranges(r, &plan->gid_range_count);
	plan->task_files = read_strings(r);
	plan->unified_directory = read_optional_string(r);
	plan->cgroup_directories = read_strings(r);
	plan->loops = read_array(r, &plan->loop_count, sizeof *plan->loops);
	for (uint32_t i = 0; i < plan->loop_count; i++) {
		plan->loops[i].file = read_string(r);
		plan->loops[i].readonly = read_bool(r);
		plan->loops[i].device = -1;
	}
}

int plan_decode(struct plan *plan, struct arena *arena, struct bytes document)
{
	struct reader r = { .at = document.at, .end = document.at + document.length, .arena = arena };

	*plan = (struct plan){ .root.tree = -1, .memory.tree = -1 };
	if (read_u32(&r) != PLAN_VERSION)
		return fail_with("plan", "version", EPROTO);
	read_host_part(&r, plan);
	read_host_mount(&r, plan, &plan->root);
	plan->root_mount_point = read_string(&r);
	plan->operations = read_array(&r, &plan->operation_count, sizeof *plan->operations);
	for (uint32_t i = 0; i < plan->operation_count; i++)
		read_operation(&r, plan, &plan->operations[i]);
	read_program(&r, &plan->program);
	if (read_bool(&r)) {
		plan->memory.target = read_string(&r);
		plan->memory.unified = read_bool(&r);
		plan->memory.directory = read_string(&r);
	}
	if (r.bad || r.at != r.end)
		return fail_with("plan", "document", EPROTO);
	/* A container shares neither processes nor mounts with the host: what follows relies on it. */
	if ((plan->namespaces & (CLONE_NEWNS | CLONE_NEWPID)) != (CLONE_NEWNS | CLONE_NEWPID))
		return fail_with("plan", "namespaces", EINVAL);
	if (plan_consoles(plan) > CONSOLE_LIMIT)
		return fail_with("plan", "consoles", E2BIG);
	return plan->loop_count > LOOP_LIMIT ? fail_with("plan", "loops", E2BIG) : 0;
}

uint32_t plan_consoles(const struct plan *plan)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < plan->operation_count; i++)
		if (plan->operations[i].kind == OP_CONSOLES)
			count += plan->operations[i].consoles.count;
	return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}
