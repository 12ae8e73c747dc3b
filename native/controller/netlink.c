#include "netlink.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failure.h"

/* One request: a header, the fixed part of its kind, attributes. Room for the longest that is built here. */
struct request {
	struct nlmsghdr header;
	uint8_t rest[256];
};

/* The kernel's answer: an error code, 0 for done, and as much of the request as it sends back. */
struct answer {
	struct nlmsghdr header;
	struct nlmsgerr error;
	uint8_t rest[512];
};

int netlink_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? fail("netlink", "") : fd;
}

/* Starts a request and returns its fixed part. */
static void *begin(struct request *request, uint16_t type, uint16_t flags, size_t fixed)
{
	*request = (struct request){ .header = {
		.nlmsg_len = (uint32_t)NLMSG_LENGTH(fixed),
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
	} };
	return request->rest;
}

/* Callers add a few attributes of at most 16 bytes: they fit. */
static void add(struct request *request, uint16_t type, const void *value, size_t length)
{
	size_t at = NLMSG_ALIGN(request->header.nlmsg_len);
	struct rtattr attribute = { .rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(length) };
	uint8_t *place = (uint8_t *)request + at;

	if (at + RTA_LENGTH(length) > sizeof *request)
		return;
	memcpy(place, &attribute, sizeof attribute);
	memcpy(place + RTA_LENGTH(0), value, length);
	request->header.nlmsg_len = (uint32_t)(at + RTA_LENGTH(length));
}

/* Sends and waits for the answer, which the kernel writes before send returns. */
static int ask(int socket, struct request *request, const char *step, const char *path)
{
	struct answer answer;
	ssize_t length;

	if (send(socket, request, request->header.nlmsg_len, 0) < 0)
		return fail(step, path);
	length = recv(socket, &answer, sizeof answer, 0);
	if (length < 0)
		return fail(step, path);
	if ((size_t)length < NLMSG_LENGTH(sizeof answer.error) || answer.header.nlmsg_type != NLMSG_ERROR)
		return fail_with(step, path, EPROTO);
	return answer.error.error ? fail_with(step, path, -answer.error.error) : 0;
}

/* An interface name that fits, as the kernel wants it. */
static int copy_name(char name[IFNAMSIZ], const char *from)
{
	size_t length = strlen(from);

	if (length == 0 || length >= IFNAMSIZ)
		return fail_with("link", from, EINVAL);
	memset(name, 0, IFNAMSIZ);
	memcpy(name, from, length);
	return 0;
}

/* -1 with the failure recorded. */
static int index_of(int socket, const char *name)
{
	struct ifreq query = { 0 };

	if (copy_name(query.ifr_name, name))
		return -1;
	return ioctl(socket, SIOCGIFINDEX, &query) ? fail("link", name) : query.ifr_ifindex;
}

static struct ifinfomsg *begin_link(struct request *request, uint16_t type, int index)
{
	struct ifinfomsg *info = begin(request, type, 0, sizeof *info);

	info->ifi_family = AF_UNSPEC;
	info->ifi_index = index;
	return info;
}

/* One message for all three: the kernel renames a link while it is down and brings it up last. */
static int set_link(int socket, int index, const struct link *link)
{
	struct request request;
	char name[IFNAMSIZ];
	struct ifinfomsg *info = begin_link(&request, RTM_NEWLINK, index);

	if (link->up)
		info->ifi_flags = info->ifi_change = IFF_UP;
	if (link->rename) {
		if (copy_name(name, link->rename))
			return -1;
		add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	}
	if (link->mtu)
		add(&request, IFLA_MTU, &link->mtu, sizeof link->mtu);
	return ask(socket, &request, "link", link->name);
}

static int family(struct bytes address)
{
	return address.length == 4 ? AF_INET : AF_INET6;
}

/* All host bits set; nothing for networks without a broadcast address. */
static void add_broadcast(struct request *request, const struct link_address *address)
{
	uint8_t broadcast[4];

	if (address->address.length != 4 || address->peer.length || address->prefix > 30)
		return;
	memcpy(broadcast, address->address.at, 4);
	for (uint32_t bit = address->prefix; bit < 32; bit++)
		broadcast[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	add(request, IFA_BROADCAST, broadcast, sizeof broadcast);
}

static int add_address(int socket, int index, const char *name, const struct link_address *address)
{
	struct request request;
	struct bytes own = address->address, far = address->peer.length ? address->peer : own;
	struct ifaddrmsg *info = begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *info);

	if (address->prefix > own.length * 8)
		return fail_with("address", name, EINVAL);
	info->ifa_family = (uint8_t)family(own);
	info->ifa_prefixlen = (uint8_t)address->prefix;
	/* On a link of two ends nobody else can have it: usable at once. */
	info->ifa_flags = address->peer.length ? IFA_F_NODAD : 0;
	info->ifa_index = (uint32_t)index;
	add(&request, IFA_LOCAL, own.at, own.length);
	add(&request, IFA_ADDRESS, far.at, far.length);
	add_broadcast(&request, address);
	return ask(socket, &request, "address", name);
}

int netlink_link(int socket, const struct link *link)
{
	int index = index_of(socket, link->name);

	if (index < 0 || set_link(socket, index, link))
		return -1;
	for (uint32_t i = 0; i < link->address_count; i++)
		if (add_address(socket, index, link->name, &link->addresses[i]))
			return -1;
	return 0;
}

int netlink_state(int socket, const char *name, bool up)
{
	struct request request;
	struct ifinfomsg *info;
	int index = index_of(socket, name);

	if (index < 0)
		return -1;
	info = begin_link(&request, RTM_NEWLINK, index);
	info->ifi_change = IFF_UP;
	info->ifi_flags = up ? IFF_UP : 0;
	return ask(socket, &request, "link", name);
}

int netlink_remove(int socket, const char *name)
{
	struct request request;
	int index = index_of(socket, name);

	if (index < 0)
		return -1;
	begin_link(&request, RTM_DELLINK, index);
	return ask(socket, &request, "link", name);
}

int netlink_move(int socket, const char *name, const struct network *to, const char *rename)
{
	struct request request;
	char final[IFNAMSIZ];
	int index = index_of(socket, name);

	if (index < 0 || copy_name(final, rename ? rename : name))
		return -1;
	/* Asked before, since the kernel renames afterwards: what it then refuses has moved nevertheless. */
	if (index_of(to->socket, final) > 0)
		return fail_with("link", final, EEXIST);
	/* What is up cannot be renamed. */
	if (netlink_state(socket, name, false))
		return -1;
	begin_link(&request, RTM_NEWLINK, index);
	add(&request, IFLA_IFNAME, final, strlen(final) + 1);
	add(&request, IFLA_NET_NS_FD, &to->namespace, sizeof to->namespace);
	return ask(socket, &request, "link", name);
}

int netlink_route(int socket, const struct route *route)
{
	const char *subject = route->link ? route->link : "";
	struct request request;
	struct rtmsg *info = begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *info);
	int index;

	if (route->prefix > route->destination.length * 8)
		return fail_with("route", subject, EINVAL);
	info->rtm_family = (uint8_t)family(route->destination);
	info->rtm_dst_len = (uint8_t)route->prefix;
	info->rtm_table = RT_TABLE_MAIN;
	info->rtm_protocol = RTPROT_STATIC;
	info->rtm_type = RTN_UNICAST;
	info->rtm_scope = route->gateway.length ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	if (route->prefix)
		add(&request, RTA_DST, route->destination.at, route->destination.length);
	if (route->gateway.length)
		add(&request, RTA_GATEWAY, route->gateway.at, route->gateway.length);
	if (route->has_metric)
		add(&request, RTA_PRIORITY, &route->metric, sizeof route->metric);
	if (route->link) {
		index = index_of(socket, route->link);
		if (index < 0)
			return -1;
		add(&request, RTA_OIF, &index, sizeof index);
	}
	return ask(socket, &request, "route", subject);
}
