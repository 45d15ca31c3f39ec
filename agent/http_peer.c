/*
 * Who has how many connections, and which of them can best be spared. Each
 * connection stands in two lists of its phase, the server's and its peer's. In a
 * phase all have the same time, so that the first one is the next to be due.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/http_private.h"

void http_phases_init(struct http_phases *phases)
{
	phases->count = 0;
	for (int i = 0; i < HTTP_PHASES; i++)
		TAILQ_INIT(&phases->lists[i]);
}

static void http_phases_remove(struct http_connection *connection)
{
	struct http_phases *all = &connection->http->phases, *peer = &connection->peer->phases;

	TAILQ_REMOVE(&all->lists[connection->phase], connection, in_http);
	TAILQ_REMOVE(&peer->lists[connection->phase], connection, in_peer);
}

static void http_phases_insert(struct http_connection *connection, enum http_phase phase)
{
	struct http_phases *all = &connection->http->phases, *peer = &connection->peer->phases;

	connection->phase = phase;
	connection->since = connection->http->now;
	connection->taken = 0;
	TAILQ_INSERT_TAIL(&all->lists[phase], connection, in_http);
	TAILQ_INSERT_TAIL(&peer->lists[phase], connection, in_peer);
}

void http_enter(struct http_connection *connection, enum http_phase phase)
{
	http_phases_remove(connection);
	http_phases_insert(connection, phase);
}

static int http_peer_compare(const void *left, const void *right)
{
	const struct http_peer *one = left, *other = right;

	return memcmp(&one->address, &other->address, sizeof(one->address));
}

static struct http_peer *http_peer_new(struct http *http, const struct in6_addr *address)
{
	struct http_peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		return NULL;
	peer->address = *address;
	http_phases_init(&peer->phases);
	if (tsearch(peer, &http->peers, http_peer_compare))
		return peer;
	free(peer);
	return NULL;
}

struct http_peer *http_peer_find(const struct http *http, const struct in6_addr *address)
{
	const struct http_peer wanted = { .address = *address };
	struct http_peer **found = tfind(&wanted, &http->peers, http_peer_compare);

	return found ? *found : NULL;
}

int http_peer_join(struct http_connection *connection, const struct in6_addr *address)
{
	struct http *http = connection->http;
	struct http_peer *peer = http_peer_find(http, address);

	if (!peer)
		peer = http_peer_new(http, address);
	if (!peer)
		return -1;
	connection->peer = peer;
	peer->phases.count++;
	http->phases.count++;
	api_load_add(&http_load(http)->connections, 1);
	api_load_add(&http_load(http)->accepted, 1);
	http_phases_insert(connection, HTTP_IDLE);
	return 0;
}

void http_peer_leave(struct http_connection *connection)
{
	struct http_peer *peer = connection->peer;

	http_phases_remove(connection);
	connection->http->phases.count--;
	api_load_add(&http_load(connection->http)->connections, -1);
	if (--peer->phases.count)
		return;
	tdelete(peer, &connection->http->peers, http_peer_compare);
	free(peer);
}

/*
 * Somebody who sends or takes a drop at a time has to give way to a newcomer,
 * and so has somebody who has nothing to do. Work is never thrown away.
 */
struct http_connection *http_victim(const struct http_phases *phases, int64_t now)
{
	static const struct {
		enum http_phase phase;
		int64_t ms; /* it has been in it for as long at least */
	} order[] = {
		{ HTTP_LINGERING, 0 }, { HTTP_RECEIVING, 1000 }, { HTTP_IDLE, 0 },
		{ HTTP_TAKING, 1000 }, { HTTP_RECEIVING, 0 },	 { HTTP_WATCHING, 1000 },
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct http_connection *first = TAILQ_FIRST(&phases->lists[order[i].phase]);

		if (first && now - first->since >= order[i].ms)
			return first;
	}
	return NULL;
}
