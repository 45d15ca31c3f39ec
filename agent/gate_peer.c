/*
 * Who has how many connections, and which of them can best be spared. Each
 * connection stands in two lists of its phase, the gate's and its peer's. In a
 * phase all have the same time, so that the first one is the next to be due.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gate_private.h"

void gate_phases_init(struct gate_phases *phases)
{
	phases->count = 0;
	for (int i = 0; i < GATE_PHASES; i++)
		TAILQ_INIT(&phases->lists[i]);
}

static void gate_phases_remove(struct gate_connection *connection)
{
	struct gate_phases *all = &connection->gate->phases, *peer = &connection->peer->phases;

	TAILQ_REMOVE(&all->lists[connection->phase], connection, in_gate);
	TAILQ_REMOVE(&peer->lists[connection->phase], connection, in_peer);
}

static void gate_phases_insert(struct gate_connection *connection, enum gate_phase phase)
{
	struct gate_phases *all = &connection->gate->phases, *peer = &connection->peer->phases;

	connection->phase = phase;
	connection->since = connection->gate->now;
	connection->taken = 0;
	TAILQ_INSERT_TAIL(&all->lists[phase], connection, in_gate);
	TAILQ_INSERT_TAIL(&peer->lists[phase], connection, in_peer);
}

void gate_enter(struct gate_connection *connection, enum gate_phase phase)
{
	gate_phases_remove(connection);
	gate_phases_insert(connection, phase);
}

static int gate_peer_compare(const void *left, const void *right)
{
	const struct gate_peer *one = left, *other = right;

	return memcmp(&one->address, &other->address, sizeof(one->address));
}

static struct gate_peer *gate_peer_new(struct gate *gate, const struct in6_addr *address)
{
	struct gate_peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		return NULL;
	peer->address = *address;
	gate_phases_init(&peer->phases);
	if (tsearch(peer, &gate->peers, gate_peer_compare))
		return peer;
	free(peer);
	return NULL;
}

struct gate_peer *gate_peer_find(const struct gate *gate, const struct in6_addr *address)
{
	const struct gate_peer wanted = { .address = *address };
	struct gate_peer **found = tfind(&wanted, &gate->peers, gate_peer_compare);

	return found ? *found : NULL;
}

int gate_peer_join(struct gate_connection *connection, const struct in6_addr *address)
{
	struct gate *gate = connection->gate;
	struct gate_peer *peer = gate_peer_find(gate, address);

	if (!peer)
		peer = gate_peer_new(gate, address);
	if (!peer)
		return -1;
	connection->peer = peer;
	peer->phases.count++;
	gate->phases.count++;
	gate_phases_insert(connection, GATE_IDLE);
	return 0;
}

void gate_peer_leave(struct gate_connection *connection)
{
	struct gate_peer *peer = connection->peer;

	gate_phases_remove(connection);
	connection->gate->phases.count--;
	if (--peer->phases.count)
		return;
	tdelete(peer, &connection->gate->peers, gate_peer_compare);
	free(peer);
}

/*
 * Somebody who sends or takes a drop at a time has to give way to a newcomer,
 * and so has somebody who has nothing to do. Work is never thrown away.
 */
struct gate_connection *gate_victim(const struct gate_phases *phases, int64_t now)
{
	static const struct {
		enum gate_phase phase;
		int64_t ms; /* it has been in it for as long at least */
	} order[] = {
		{ GATE_LINGERING, 0 }, { GATE_RECEIVING, 1000 }, { GATE_IDLE, 0 },
		{ GATE_TAKING, 1000 }, { GATE_RECEIVING, 0 },	 { GATE_WATCHING, 1000 },
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct gate_connection *first = TAILQ_FIRST(&phases->lists[order[i].phase]);

		if (first && now - first->since >= order[i].ms)
			return first;
	}
	return NULL;
}
