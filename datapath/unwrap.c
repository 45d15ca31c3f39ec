/* In the kernel's order: outer header, GRE's, key, checksum, number, spoofing, ECN. */
#include "datapath/unwrap.h"

#include <linux/if_ether.h>
#include <string.h>

#include "datapath/ecn.h"
#include "datapath/far_end.h"
#include "datapath/gre.h"
#include "datapath/inner.h"
#include "datapath/partial.h"

/* The outer header, and whether it is from whom it has to be. */
static enum unwrap_verdict unwrap_outer(struct unwrap *result, const struct settings *settings,
					unsigned char *packet, size_t length, size_t *header)
{
	size_t total;

	if (length < 20 || packet[0] >> 4 != 4)
		return UNWRAP_MALFORMED;
	*header = 4U * (packet[0] & 15);
	total = (size_t)packet[2] << 8 | packet[3];
	if (*header < 20 || total < *header || total > length)
		return UNWRAP_MALFORMED;
	memcpy(&result->source, packet + 12, 4);
	memcpy(&result->destination, packet + 16, 4);
	result->packet = packet + *header;
	result->length = total - *header;
	if ((settings->remote && !settings_is_isatap(settings) &&
	     settings->remote != result->source) ||
	    (settings->local && settings->local != result->destination))
		return UNWRAP_UNEXPECTED;
	return UNWRAP_GOOD;
}

/*
 * Who joined it has looked at GRE's checksums, and left the first; who has not yet finished the
 * inner checksum has GRE's right only when it is; and who leaves GRE's to a device sends 0. The
 * kernel takes all three for right.
 */
static bool unwrap_is_partial(const struct unwrap *result, const struct settings *settings,
			      size_t own)
{
	unsigned char *packet = result->packet + own;
	struct virtio_net_hdr unused;
	struct inner inner;

	if (!result->packet[4] && !result->packet[5])
		return true;
	return inner_read(&inner, packet, result->length - own,
			  settings->kind == SETTINGS_GRETAP) &&
	       partial_find(&unused, packet, inner.length, inner.offset);
}

static enum unwrap_verdict unwrap_gre(struct unwrap *result, const struct settings *settings,
				      struct unwrap_state *state, uint16_t *type)
{
	static const enum unwrap_verdict verdicts[] = { UNWRAP_GOOD, UNWRAP_MALFORMED,
							UNWRAP_CHECKSUM };
	uint16_t wanted = settings->input_flags;
	struct gre gre;
	enum gre_verdict read = gre_read(&gre, result->packet, result->length);

	if (read == GRE_CHECKSUM && gre.length <= result->length &&
	    unwrap_is_partial(result, settings, gre.length))
		read = GRE_GOOD;
	if (read != GRE_GOOD)
		return verdicts[read];
	if ((gre.flags ^ wanted) & GRE_KEY || gre.key != settings->input_key ||
	    (gre.type == ETH_P_TEB) != (settings->kind == SETTINGS_GRETAP))
		return UNWRAP_UNEXPECTED;
	if ((gre.flags ^ wanted) & GRE_CSUM)
		return UNWRAP_CHECKSUM;
	if (wanted & GRE_SEQ) {
		if (!(gre.flags & GRE_SEQ) ||
		    (state->sequence && (int32_t)(gre.sequence - state->sequence) < 0))
			return UNWRAP_SEQUENCE;
		state->sequence = gre.sequence + 1;
	}
	*type = gre.type;
	if (gre.length > result->length)
		return UNWRAP_MALFORMED;
	result->packet += gre.length;
	result->length -= gre.length;
	return UNWRAP_GOOD;
}

/* ISATAP: from a potential router, or from whom the inner address names. */
static bool unwrap_isatap(const struct unwrap *result, const struct unwrap_state *state)
{
	uint32_t named;

	for (unsigned i = 0; i < state->router_count; i++)
		if (state->routers[i] == result->source)
			return true;
	return far_end_isatap(result->packet + 8, &named) && named == result->source;
}

static bool unwrap_is_spoofed(const struct unwrap *result, const struct settings *settings,
			      const struct unwrap_state *state)
{
	uint32_t named;

	if (settings->kind != SETTINGS_SIT || result->packet[0] >> 4 != 6)
		return false;
	if (settings_is_isatap(settings))
		return !unwrap_isatap(result, state);
	if (settings->remote)
		return false;
	return (far_end_6rd(&settings->six_rd, result->packet + 8, &named) &&
		named != result->source) ||
	       (far_end_6rd(&settings->six_rd, result->packet + 24, &named) &&
		named != result->destination);
}

static bool unwrap_carried(const struct settings *settings, uint8_t outer,
			   const struct inner *inner, uint16_t type)
{
	if (settings->kind == SETTINGS_GRETAP)
		return true;
	if (settings->kind == SETTINGS_GRE)
		return inner->type == type;
	if (outer != (inner->version == 4 ? IPPROTO_IPIP : IPPROTO_IPV6))
		return false;
	if (settings->kind == SETTINGS_IPIP)
		return outer == IPPROTO_IPIP;
	return !settings->mode || settings->mode == outer;
}

static enum unwrap_verdict unwrap_ecn(struct unwrap *result, const struct inner *inner,
				      uint8_t outer)
{
	uint8_t tos;

	result->network = inner->offset;
	if (!inner->network)
		return UNWRAP_GOOD;
	if (!ecn_unwrap(outer, inner->tos, &tos))
		return UNWRAP_ECN;
	if (tos != inner->tos)
		ecn_set(result->packet + inner->offset, tos);
	return UNWRAP_GOOD;
}

enum unwrap_verdict unwrap(struct unwrap *result, const struct settings *settings,
			   struct unwrap_state *state, unsigned char *packet, size_t length)
{
	enum unwrap_verdict verdict;
	struct inner inner;
	uint16_t type = 0;
	size_t header;

	verdict = unwrap_outer(result, settings, packet, length, &header);
	if (verdict != UNWRAP_GOOD)
		return verdict;
	if (settings_is_gre(settings)) {
		verdict = unwrap_gre(result, settings, state, &type);
		if (verdict != UNWRAP_GOOD)
			return verdict;
	}
	if (!inner_read(&inner, result->packet, result->length,
			settings->kind == SETTINGS_GRETAP))
		return UNWRAP_MALFORMED;
	if (!unwrap_carried(settings, packet[9], &inner, type) ||
	    unwrap_is_spoofed(result, settings, state))
		return UNWRAP_UNEXPECTED;
	return unwrap_ecn(result, &inner, packet[1]);
}
