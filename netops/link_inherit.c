/* What a change keeps of the link that is there although the client does not say it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netops/kind.h"
#include "netops/link_private.h"

/* An index means something only where it was read. */
static bool same_place(const struct row *row, const struct link *wanted,
		       const struct link *current)
{
	const char *under = link_underlay(current);

	if (!(row->flags & ROW_UNDERLAY))
		return !strcmp(wanted->namespace, current->namespace);
	return under ? !strcmp(link_underlay(wanted), under) : !wanted->underlay_namespace[0];
}

/* A device that is named as it was shown is the same, even one that has no name here. */
static bool same_device(const struct device *wanted, const struct device *current)
{
	char text[24];

	snprintf(text, sizeof(text), "if%u", current->index);
	return !strcmp(wanted->name, current->name[0] ? current->name : text);
}

static void inherit_devices(struct link *wanted, const struct link *current)
{
	const struct row *rows;

	for (unsigned int i = 0; (rows = link_table(wanted->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			struct device *device = row_place(row, &wanted->options);
			const struct device *old = row_value(row, &current->options);

			if (row->type == ROW_DEVICE && given_at(&wanted->given, row->offset) &&
			    given_at(&current->given, row->offset) &&
			    same_place(row, wanted, current) && same_device(device, old))
				*device = *old;
		}
	}
}

/* Of a vlan or macvlan nobody can say it, so it stays where it is. */
static void inherit_underlay(struct link *wanted, const struct link *current)
{
	if (wanted->kind && !wanted->kind->tunnel && wanted->kind == current->kind)
		memcpy(wanted->underlay_namespace, current->underlay_namespace,
		       sizeof(wanted->underlay_namespace));
}

/* A secret that is absent is kept, and only null removes what it belongs to. */
static int inherit_ipsec(struct link *wanted, const struct link *current, struct error *error)
{
	if (!current->ipsec || wanted->nulled_ipsec || wanted->kind != current->kind)
		return 0;
	if (wanted->ipsec) {
		ipsec_keep_keys(wanted->ipsec, current->ipsec);
		return 0;
	}
	wanted->ipsec = malloc(sizeof(*wanted->ipsec));
	if (!wanted->ipsec)
		return error_errno(error, ENOMEM, "keeping IPsec");
	*wanted->ipsec = *current->ipsec;
	return 0;
}

/* Of the other end only what is said changes. */
static void inherit_peer(struct link *peer, const struct link *current)
{
	struct link_options options = current->options;
	struct given given = current->given;
	const struct row *rows;

	peer->changes = true;
	inherit_devices(peer, current);
	for (unsigned int i = 0; (rows = link_table(peer->kind, i)); i++) {
		for (const struct row *row = rows; row->name; row++) {
			struct device *device = row_place(row, &options);

			if (given_at(&peer->nulled, row->offset) && !(row->flags & ROW_KEEP))
				ungive_at(&given, row->offset);
			if (row->type == ROW_DEVICE && !same_place(row, peer, current))
				device->index = 0;
		}
		rows_merge(rows, &peer->options, &peer->given, &options, &given);
	}
	peer->options = options;
	peer->given = given;
}

int link_inherit(struct link *wanted, const struct link *current, struct error *error)
{
	wanted->changes = true;
	inherit_underlay(wanted, current);
	inherit_devices(wanted, current);
	if (wanted->peer && current->peer && current->peer->kind == wanted->peer->kind)
		inherit_peer(wanted->peer, current->peer);
	return inherit_ipsec(wanted, current, error);
}
