/* The potential routers of an isatap tunnel in user space: a list in its description. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netops/datapath_private.h"
#include "netops/potential_router.h"

int datapath_router_list(const char *namespace, const char *device,
			 struct potential_router **ret, size_t *ret_count, struct error *error)
{
	struct datapath_tunnel tunnel;
	struct potential_router *list;
	size_t count;

	if (!datapath_table_find(namespace, 0, device, &tunnel))
		return 0;
	*ret = NULL;
	*ret_count = 0;
	count = tunnel.control.router_count;
	if (!count || count > CONTROL_ROUTERS)
		return 1;
	list = calloc(count, sizeof(*list));
	if (!list)
		return error_errno(error, ENOMEM, "listing potential routers");
	for (size_t i = 0; i < count; i++) {
		(void)ip_from_bytes(&list[i].address, &tunnel.control.routers[i], 4);
		list[i].is_default = tunnel.control.default_routers >> i & 1;
	}
	*ret = list;
	*ret_count = count;
	return 1;
}

static uint32_t router_find(const struct control_tunnel *control, uint32_t address)
{
	uint32_t i = 0;

	while (i < control->router_count && control->routers[i] != address)
		i++;
	return i;
}

static int router_add(struct control_tunnel *control, uint32_t address, struct error *error)
{
	if (control->router_count >= CONTROL_ROUTERS)
		return error_set(error, ERROR_UNSUPPORTED,
				 "in user space a tunnel has at most %d potential routers",
				 CONTROL_ROUTERS);
	control->routers[control->router_count++] = address;
	return 0;
}

static void router_drop(struct control_tunnel *control, uint32_t at)
{
	const uint64_t below = (UINT64_C(1) << at) - 1, bits = control->default_routers;

	control->router_count--;
	memmove(control->routers + at, control->routers + at + 1,
		(control->router_count - at) * sizeof(*control->routers));
	control->default_routers = (bits & below) | (bits >> 1 & ~below);
}

static void router_mark(struct control_tunnel *control, uint32_t at, bool is_default)
{
	const uint64_t bit = UINT64_C(1) << at;

	control->default_routers = is_default ? control->default_routers | bit :
						control->default_routers & ~bit;
}

static int router_apply(struct control_tunnel *control, enum datapath_router_change change,
			const struct potential_router *router, const char *device,
			struct error *error)
{
	char text[IP_TEXT_SIZE];
	uint32_t address, at;

	memcpy(&address, router->address.bytes, sizeof(address));
	ip_format(&router->address, text);
	at = router_find(control, address);
	if (change == DATAPATH_ROUTER_ADD && at < control->router_count)
		return error_set(error, ERROR_EXISTS,
				 "%s is a potential router of \"%s\" already", text, device);
	if (change != DATAPATH_ROUTER_ADD && at == control->router_count)
		return error_set(error, ERROR_ABSENT, "%s is no potential router of \"%s\"",
				 text, device);
	if (change == DATAPATH_ROUTER_ADD && router_add(control, address, error))
		return -1;
	if (change == DATAPATH_ROUTER_DROP)
		router_drop(control, at);
	else
		router_mark(control, at, router->is_default);
	return 0;
}

int datapath_router_change(struct netops *netops, const char *namespace, const char *device,
			   enum datapath_router_change change,
			   const struct potential_router *router, struct error *error)
{
	struct datapath_tunnel tunnel;

	if (!datapath_table_find(namespace, 0, device, &tunnel))
		return 0;
	if (potential_router_check(router, "", error) ||
	    router_apply(&tunnel.control, change, router, device, error))
		return -1;
	if (rehearsal_withholds(&netops->rehearsal))
		return 1;
	return datapath_give(netops, &tunnel, NULL, error) ? -1 : 1;
}
