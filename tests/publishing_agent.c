/*
 * Makes a tunneld that publishes what a test tells it to: linked into the real
 * agent, it stands at the opening of the ring of events. It reads lines from the
 * FIFO $TUNNELD_PUBLISH:
 *
 *     COUNT TYPE KIND NAMESPACE OWNER OBJECT DETAIL
 *
 * with - for "", and TYPE a number. Behind the detail stands the event's number
 * in its line.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intent/events.h"

enum { CAPACITY = 4096 }; /* so that a test can overrun it */

struct order {
	unsigned int count, type;
	char kind[32], namespace[64], owner[64], object[256], detail[256];
};

int __real_events_open(unsigned int capacity, struct events **ret, struct error *error);
int __wrap_events_open(unsigned int capacity, struct events **ret, struct error *error);

static const char *text_of(const char *word)
{
	return strcmp(word, "-") ? word : "";
}

static void publish(struct events *events, const struct order *order)
{
	char detail[300];

	for (unsigned int i = 1; i <= order->count; i++) {
		snprintf(detail, sizeof(detail), "%s %u", order->detail, i);
		events_publish(events, &(struct event){ .type = (enum event_type)order->type,
							.object = text_of(order->object),
							.kind = text_of(order->kind),
							.namespace = text_of(order->namespace),
							.owner = text_of(order->owner),
							.detail = detail });
	}
}

/* The FIFO is opened for writing too, so that it has no end. */
static void *listen_for_orders(void *context)
{
	FILE *file = fopen(getenv("TUNNELD_PUBLISH"), "r+e");
	struct order order;
	char line[1024];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%u %u %31s %63s %63s %255s %255[^\n]", &order.count,
			   &order.type, order.kind, order.namespace, order.owner, order.object,
			   order.detail) == 7)
			publish(context, &order);
	}
	return NULL;
}

int __wrap_events_open(unsigned int capacity, struct events **ret, struct error *error)
{
	int result = __real_events_open(capacity < CAPACITY ? capacity : CAPACITY, ret, error);
	pthread_t thread;

	if (result == 0 && getenv("TUNNELD_PUBLISH"))
		pthread_create(&thread, NULL, listen_for_orders, *ret);
	return result;
}
