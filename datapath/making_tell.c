/* What a tunnel is, and what its lanes have counted, as the agent is told. */
#include "datapath/info.h"
#include "datapath/making.h"
#include "datapath/tunnel.h"

static void making_add_counters(struct control_counters *sum,
				const struct control_counters *one)
{
	uint64_t path = sum->path_mtu;
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)one;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED); /* they grow */
	sum->path_mtu = !path || (one->path_mtu && one->path_mtu < path) ? one->path_mtu : path;
}

void making_tell(const struct tunnel *tunnel, struct control_tunnel *told)
{
	*told = tunnel->told;
	told->counters = (struct control_counters){ 0 };
	for (int i = 0; i < TUNNEL_LANES; i++)
		making_add_counters(&told->counters, &tunnel->lanes[i].counters);
	told->info_length =
		(uint32_t)info_put(&tunnel->settings, told->info, sizeof(told->info));
}
