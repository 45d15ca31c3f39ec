/*
 * Outer packets from strangers: the first bytes choose a tunnel, the rest is what arrives; and what
 * was in it goes on into a tunnel, as when it is forwarded, to be wrapped, cut or complained of.
 */
#include <stdlib.h>
#include <string.h>

#include "datapath/coalesce.h"
#include "datapath/fragment.h"
#include "datapath/icmp.h"
#include "datapath/partial.h"
#include "datapath/segment.h"
#include "datapath/unwrap.h"
#include "datapath/wrap.h"
#include "tests/fuzz/fuzz.h"

static void look(void *context, const struct iovec *parts, unsigned count)
{
	volatile unsigned char seen = 0;

	(void)context;
	for (unsigned i = 0; i < count; i++)
		for (size_t j = 0; j < parts[i].iov_len; j++)
			seen ^= ((const unsigned char *)parts[i].iov_base)[j];
}

static struct settings settings_of(const uint8_t *data)
{
	struct settings settings = { .kind = data[0] % 4, .sit_flags = data[1] & 1 };

	settings.input_flags = (data[1] & 2 ? GRE_KEY : 0) | (data[1] & 4 ? GRE_CSUM : 0) |
			       (data[1] & 8 ? GRE_SEQ : 0);
	settings.mode = data[1] & 16 ? IPPROTO_IPIP : 0;
	settings.six_rd.prefix_length = data[2] % 33;
	settings.six_rd.relay_prefix_length = data[3] % 33;
	return settings;
}

static void cut(const unsigned char *packet, const struct inner *inner, size_t mtu)
{
	unsigned char head[INNER_ETHERNET_LENGTH + 4 + 60];
	struct fragment fragment = { 0 };
	size_t total = 0;

	while (fragment_next(&fragment, packet, inner, mtu, head)) {
		PROMISE(fragment.payload + fragment.length <= packet + inner->length,
			"a fragment lies in its packet");
		total += fragment.length;
	}
	PROMISE(!total || fragment.header + total == inner->length, "fragments are all of it");
}

static void segment(const unsigned char *packet, size_t length, size_t network,
		    const struct virtio_net_hdr *head)
{
	unsigned char header[SEGMENT_HEADER_MAX];
	struct segments segments;

	if (!segments_begin(&segments, head, packet, length, network))
		return;
	for (unsigned i = 0; i < segments.count; i++) {
		struct segment one = segments_make(&segments, i, header);

		PROMISE(one.payload + one.length <= packet + length, "a segment lies in it");
	}
}

static void forward(unsigned char *packet, size_t length, const struct settings *settings)
{
	unsigned char out[ICMP_ROOM];
	struct virtio_net_hdr head;
	struct inner inner;
	struct wrap wrap;

	if (!inner_read(&inner, packet, length, settings->kind == SETTINGS_GRETAP))
		return;
	(void)wrap_choose(&wrap, settings, &inner);
	PROMISE(icmp_put(out, packet, &inner, 1280) <= sizeof(out), "a message has room");
	PROMISE(icmp_put(out, packet, &inner, 0) <= sizeof(out), "a message has room");
	if (inner.version == 4)
		cut(packet, &inner, 576);
	if (inner.network && partial_find(&head, packet, length, inner.offset))
		segment(packet, length, inner.offset, &head);
}

/* What is in a packet, to the device; the packet stays until that has flushed. */
static unsigned char *take(struct coalesce *coalesce, const struct settings *settings,
			   struct unwrap_state *state, const uint8_t *data, size_t size)
{
	unsigned char *packet = malloc(size);
	struct unwrap inner;

	memcpy(packet, data, size);
	if (unwrap(&inner, settings, state, packet, size) != UNWRAP_GOOD)
		return packet;
	PROMISE(inner.packet >= packet && inner.packet + inner.length <= packet + size,
		"the inner packet lies in the outer one");
	forward(inner.packet, inner.length, settings);
	coalesce_add(coalesce, inner.packet, inner.length, inner.network);
	return packet;
}

/* It comes twice: one datagram is then joined to the other. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct coalesce coalesce = { .write = look, .datagrams = true };
	struct unwrap_state state = { 0 };
	struct settings settings;
	unsigned char *packets[2];

	if (size < 4)
		return 0;
	settings = settings_of(data);
	for (int i = 0; i < 2; i++)
		packets[i] = take(&coalesce, &settings, &state, data + 4, size - 4);
	coalesce_flush(&coalesce);
	free(packets[0]);
	free(packets[1]);
	return 0;
}
