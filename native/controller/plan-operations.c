#include "plan-parts.h"

/* An IP address is 4 or 16 bytes; absent ones have none. */
static struct bytes read_address(struct reader *r, bool optional)
{
	struct bytes address = { .length = 0 };

	if (optional && !read_bool(r))
		return address;
	address = read_bytes(r);
	if (address.length != 4 && address.length != 16)
		r->bad = true;
	return address;
}

static void read_link(struct reader *r, struct link *link)
{
	link->name = read_string(r);
	link->rename = read_optional_string(r);
	link->mtu = read_bool(r) ? read_u32(r) : 0;
	link->addresses = read_array(r, &link->address_count, sizeof *link->addresses);
	for (uint32_t i = 0; i < link->address_count; i++) {
		struct link_address *address = &link->addresses[i];

		address->address = read_address(r, false);
		address->prefix = read_u32(r);
		address->peer = read_address(r, true);
		if (address->peer.length && address->peer.length != address->address.length)
			r->bad = true;
	}
	link->up = read_bool(r);
}

static void read_route(struct reader *r, struct route *route)
{
	route->link = read_optional_string(r);
	route->destination = read_address(r, false);
	route->prefix = read_u32(r);
	route->gateway = read_address(r, true);
	if (route->gateway.length && route->gateway.length != route->destination.length)
		r->bad = true;
	route->has_metric = read_bool(r);
	route->metric = route->has_metric ? read_u32(r) : 0;
}

static void read_numbers(struct reader *r, struct numbers *numbers)
{
	numbers->at = read_array(r, &numbers->count, sizeof *numbers->at);
	for (uint32_t i = 0; i < numbers->count; i++)
		numbers->at[i] = read_u32(r);
}

void read_operation(struct reader *r, const struct plan *plan, struct operation *op)
{
	op->kind = read_kind(r, OPERATION_KINDS);
	switch (op->kind) {
	case OP_MKDIR:
		op->mkdir.path = read_string(r);
		op->mkdir.mode = read_u32(r) & 07777;
		break;
	case OP_SYMLINK:
		op->symlink.path = read_string(r);
		op->symlink.target = read_string(r);
		break;
	case OP_TOUCH:
		op->touch.path = read_string(r);
		break;
	case OP_WRITE:
		op->write.path = read_string(r);
		op->write.contents = read_string(r);
		break;
	case OP_ATTACH:
		read_host_mount(r, plan, &op->attach.mount);
		op->attach.target = read_string(r);
		break;
	case OP_MOUNT:
		op->mount.type = read_string(r);
		op->mount.source = read_optional_string(r);
		op->mount.options = read_options(r);
		op->mount.attributes = read_u32(r);
		op->mount.target = read_string(r);
		break;
	case OP_BIND:
		op->bind.source = read_string(r);
		op->bind.target = read_string(r);
		op->bind.recursive = read_bool(r);
		op->bind.attributes = read_u32(r);
		op->bind.optional = read_bool(r);
		break;
	case OP_ATTRIBUTES:
		op->attributes.path = read_string(r);
		op->attributes.recursive = read_bool(r);
		op->attributes.attributes = read_u32(r);
		break;
	case OP_MASK:
		op->mask.path = read_string(r);
		break;
	case OP_CONSOLES:
		op->consoles.devpts = read_string(r);
		op->consoles.count = read_u32(r);
		op->consoles.mode = read_u32(r) & 0777;
		op->consoles.uid = read_u32(r);
		op->consoles.gid = read_u32(r);
		break;
	case OP_HOSTNAME:
		op->hostname.name = read_string(r);
		break;
	case OP_LINK:
		read_link(r, &op->link);
		break;
	case OP_ROUTE:
		read_route(r, &op->route);
		break;
	case OP_RLIMIT:
		op->rlimit.resource = read_u32(r);
		op->rlimit.soft = read_bool(r) ? read_u64(r) : UINT64_MAX;
		op->rlimit.hard = read_bool(r) ? read_u64(r) : UINT64_MAX;
		break;
	case OP_PERSONALITY:
		op->personality.persona = read_u32(r);
		break;
	case OP_AFFINITY:
		read_numbers(r, &op->numbers);
		break;
	case OP_MEMPOLICY:
		op->numbers.mode = read_u32(r);
		read_numbers(r, &op->numbers);
		break;
	case OP_OOM_SCORE:
		op->oom_score.adjustment = (int32_t)read_u32(r);
		break;
	case OP_COVER:
		op->cover.source = read_string(r);
		op->cover.target = read_string(r);
		break;
	case OP_AWAIT_GO:
	case OPERATION_KINDS:
		break;
	}
}
