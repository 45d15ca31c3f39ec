/* Options are repeated in each fragment: those that should not be are not in use. */
#include "datapath/fragment.h"

#include <string.h>

#include "datapath/checksum.h"

static void fragment_put(const struct fragment *fragment, const struct inner *inner, bool last,
			 unsigned char *network)
{
	size_t own = fragment->header - inner->offset;
	unsigned before = (unsigned)(network[6] << 8 | network[7]);
	unsigned place = (before & 0x1fff) + (unsigned)(fragment->done / 8);
	uint16_t checksum;

	place |= (before & 0xe000) | (last ? 0 : 0x2000);
	network[2] = (unsigned char)((own + fragment->length) >> 8);
	network[3] = (unsigned char)(own + fragment->length);
	network[6] = (unsigned char)(place >> 8);
	network[7] = (unsigned char)place;
	memset(network + 10, 0, 2);
	checksum = checksum_finish(checksum_add(0, network, own));
	memcpy(network + 10, &checksum, 2);
}

bool fragment_next(struct fragment *fragment, const unsigned char *packet,
		   const struct inner *inner, size_t mtu, unsigned char *head)
{
	size_t own = 4U * (inner->network[0] & 15), all, room;

	fragment->done += fragment->length;
	fragment->header = inner->offset + own;
	all = inner->length - fragment->header;
	room = mtu < own + 8 ? 0 : (mtu - own) & ~(size_t)7;
	if (!room || fragment->done >= all)
		return false;
	fragment->length = all - fragment->done < room ? all - fragment->done : room;
	fragment->payload = packet + fragment->header + fragment->done;
	memcpy(head, packet, fragment->header);
	fragment_put(fragment, inner, fragment->done + fragment->length == all,
		     head + inner->offset);
	return true;
}
