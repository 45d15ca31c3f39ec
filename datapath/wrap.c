/* See wrap.h. */
#include "datapath/wrap.h"

#include "datapath/ecn.h"
#include "datapath/gre.h"

enum { WRAP_TTL = 64 }; /* where the packet has none: the kernel's default for a route */

/* The outer protocol; 0: not carried. */
static uint8_t wrap_protocol(const struct settings *settings, const struct inner *inner)
{
	uint8_t protocol = inner->version == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;

	if (settings_is_gre(settings))
		return IPPROTO_GRE;
	if (settings->kind == SETTINGS_IPIP && inner->version != 4)
		return 0;
	return !settings->mode || settings->mode == protocol ? protocol : 0;
}

static uint8_t wrap_tos(const struct settings *settings, const struct inner *inner)
{
	uint8_t tos = settings->tos;

	if (settings->kind == SETTINGS_SIT && inner->version == 6)
		tos = tos == 1 ? inner->tos : tos;
	else if (tos & 1)
		tos = inner->network ? inner->tos : (uint8_t)(tos & ~1);
	return ecn_wrap(tos, inner->network ? inner->tos : 0);
}

bool wrap_choose(struct wrap *wrap, const struct settings *settings, const struct inner *inner)
{
	wrap->protocol = wrap_protocol(settings, inner);
	wrap->tos = wrap_tos(settings, inner);
	wrap->ttl = settings->ttl;
	if (!wrap->ttl)
		wrap->ttl = inner->network ? inner->ttl : WRAP_TTL;
	if (!wrap->ttl)
		wrap->ttl = 1;
	wrap->whole = settings->discover ||
		      (inner->version == 4 && inner->whole && !settings->ignore_df);
	return wrap->protocol;
}

size_t wrap_length(const struct settings *settings)
{
	return settings_is_gre(settings) ? gre_length(settings->output_flags) : 0;
}
