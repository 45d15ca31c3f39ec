/*
 * A few shapes are kept, each in the place that its hash says: a full table of the
 * internet goes to some tens of neighbours. A message is copied where its shape is
 * kept, so that what a record borrows from it stays good for all that follow.
 */
#include "netops/route_shape.h"

#include <stdlib.h>
#include <string.h>

#include "netops/text.h"

enum {
	SHAPE_PLACES = 32, /* a power of two */
	SHAPE_SIZE = 256,  /* of a message; a longer one is a shape of its own */
	SHAPE_FREE = 2,	   /* rtm_family and rtm_dst_len stand before what is compared */
};

struct shape {
	struct route_reader reader;
	int length;	 /* of the message; 0: nothing is kept here */
	int destination; /* where in it that begins */
	bool told;	 /* false: its routes are not to be told */
	_Alignas(struct nlmsghdr) unsigned char message[SHAPE_SIZE];
};

struct route_shapes {
	uint32_t last;	     /* the number of the shape that was made last */
	struct shape *usual; /* the one that was met last */
	struct shape places[SHAPE_PLACES];
	struct route_reader other; /* for what is kept nowhere */
};

/* The one behind the places is for what is kept nowhere. */
static struct route_reader *shapes_reader(struct route_shapes *shapes, size_t i)
{
	return i < SHAPE_PLACES ? &shapes->places[i].reader : &shapes->other;
}

struct route_shapes *route_shapes_new(const char *namespace)
{
	struct route_shapes *shapes = calloc(1, sizeof(*shapes));

	for (size_t i = 0; shapes && i <= SHAPE_PLACES; i++)
		text_copy(shapes_reader(shapes, i)->route.namespace, NAMESPACE_NAME_SIZE,
			  namespace);
	return shapes;
}

void route_shapes_begin(struct route_shapes *shapes, const struct link_names *names)
{
	for (size_t i = 0; i <= SHAPE_PLACES; i++)
		shapes_reader(shapes, i)->names = names;
	for (size_t i = 0; i < SHAPE_PLACES; i++)
		shapes->places[i].length = 0;
}

void route_shapes_free(struct route_shapes *shapes)
{
	if (!shapes)
		return;
	for (size_t i = 0; i <= SHAPE_PLACES; i++)
		free(shapes_reader(shapes, i)->legs);
	free(shapes);
}

/* Where the destination's bytes begin; 0: it has none. The kernel says it early. */
static int shape_destination(const struct nlmsghdr *header)
{
	const struct nlattr *attribute =
		(const void *)((const char *)header + NLMSG_SPACE(sizeof(struct rtmsg)));
	int rest = (int)(header->nlmsg_len - NLMSG_SPACE(sizeof(struct rtmsg)));

	for (; rest >= NLA_HDRLEN && attribute->nla_len >= NLA_HDRLEN &&
	       attribute->nla_len <= rest;
	     rest -= NLA_ALIGN(attribute->nla_len),
	     attribute = (const struct nlattr *)((const char *)attribute +
						 NLA_ALIGN(attribute->nla_len))) {
		if (attribute->nla_type == RTA_DST)
			return (int)((const char *)attribute - (const char *)header) +
			       NLA_HDRLEN;
	}
	return 0;
}

static int shape_address_size(const struct nlmsghdr *header)
{
	const struct rtmsg *message = NLMSG_DATA(header);

	return message->rtm_family == AF_INET ? 4 : 16;
}

/* The bytes before and behind what may differ, from the header's on. */
static bool shape_same(const struct shape *shape, const struct nlmsghdr *header,
		       int destination)
{
	const unsigned char *bytes = (const unsigned char *)header;
	int start = NLMSG_HDRLEN + SHAPE_FREE;
	int behind = destination + shape_address_size(header);

	return shape->length == (int)header->nlmsg_len && shape->destination == destination &&
	       shape->message[NLMSG_HDRLEN] == bytes[NLMSG_HDRLEN] &&
	       !memcmp(shape->message + start, bytes + start, (size_t)(destination - start)) &&
	       !memcmp(shape->message + behind, bytes + behind,
		       (size_t)(shape->length - behind));
}

static uint64_t shape_mix(uint64_t hash, const unsigned char *bytes, int length)
{
	uint64_t word;

	for (; length >= 8; bytes += 8, length -= 8) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	for (; length > 0; length--)
		hash = (hash ^ *bytes++) * UINT64_C(0x9e3779b97f4a7c15);
	return hash;
}

static unsigned int shape_place(const struct nlmsghdr *header, int destination)
{
	const unsigned char *bytes = (const unsigned char *)header;
	int start = NLMSG_HDRLEN + SHAPE_FREE;
	int behind = destination + shape_address_size(header);
	uint64_t hash = shape_mix(bytes[NLMSG_HDRLEN], bytes + start, destination - start);

	hash = shape_mix(hash, bytes + behind, (int)header->nlmsg_len - behind);
	return (unsigned int)(hash >> 32) & (SHAPE_PLACES - 1);
}

/* Can it have a shape at all? Where its destination begins, or 0. */
static int shape_of(const struct nlmsghdr *header)
{
	int destination;

	if (header->nlmsg_type != RTM_NEWROUTE || header->nlmsg_len > SHAPE_SIZE ||
	    header->nlmsg_len < NLMSG_HDRLEN + sizeof(struct rtmsg))
		return 0;
	destination = shape_destination(header);
	return destination + shape_address_size(header) <= (int)header->nlmsg_len ?
		       destination :
		       0;
}

/* 1, 0 or -1 as route_parse(). */
static int shape_make(struct shape *shape, const struct nlmsghdr *header, int destination,
		      uint32_t number, struct error *error)
{
	int parsed;

	memcpy(shape->message, header, header->nlmsg_len);
	shape->length = 0;
	shape->destination = destination;
	parsed = route_parse((const struct nlmsghdr *)shape->message, &shape->reader, error);
	if (parsed <= 0)
		return parsed;
	shape->length = (int)header->nlmsg_len;
	shape->reader.route.shape = number;
	return 1;
}

static void shape_move(struct shape *shape, const struct nlmsghdr *header)
{
	struct ip *destination = &shape->reader.route.options.destination;

	memcpy(destination->bytes, (const char *)header + shape->destination,
	       (size_t)shape_address_size(header));
	destination->prefix_length = ((const struct rtmsg *)NLMSG_DATA(header))->rtm_dst_len;
}

static int shape_take_other(struct route_reader *reader, const struct nlmsghdr *header,
			    bool (*fits)(const struct route *, const struct route_filter *),
			    const struct route_filter *filter, const struct route **ret,
			    struct error *error)
{
	int parsed = route_parse(header, reader, error);

	*ret = &reader->route;
	return parsed > 0 ? fits(&reader->route, filter) : parsed;
}

int route_shapes_take(struct route_shapes *shapes, const struct nlmsghdr *header,
		      bool (*fits)(const struct route *route,
				   const struct route_filter *filter),
		      const struct route_filter *filter, const struct route **ret,
		      struct error *error)
{
	int destination = shape_of(header), made;
	struct shape *shape = shapes->usual;
	bool same = shape && destination && shape_same(shape, header, destination);

	if (!destination)
		return shape_take_other(&shapes->other, header, fits, filter, ret, error);
	if (!same) {
		shape = &shapes->places[shape_place(header, destination)];
		same = shape_same(shape, header, destination);
	}
	shapes->usual = shape;
	*ret = &shape->reader.route;
	if (same) {
		shape_move(shape, header);
		return shape->told;
	}
	made = shape_make(shape, header, destination, ++shapes->last, error);
	if (made > 0)
		shape->told = fits(&shape->reader.route, filter);
	return made > 0 ? shape->told : made;
}
