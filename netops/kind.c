/* The list of all kinds, and finding one in it. */
#include "netops/kind.h"

#include <string.h>

extern const struct kind kind_ipip, kind_gre, kind_gretap, kind_sit, kind_isatap, kind_vti,
	kind_vxlan;
extern const struct kind kind_veth, kind_bridge, kind_dummy, kind_macvlan, kind_vlan, kind_vrf,
	kind_ifb;

/* isatap stands before sit: both are "sit" to the kernel, and isatap claims its own. */
const struct kind *const kinds[] = {
	&kind_ipip,    &kind_gre,   &kind_gretap, &kind_isatap, &kind_sit,
	&kind_vti,     &kind_vxlan, &kind_veth,	  &kind_bridge, &kind_dummy,
	&kind_macvlan, &kind_vlan,  &kind_vrf,	  &kind_ifb,	NULL,
};

const struct kind *kind_find(const char *name)
{
	for (const struct kind *const *kind = kinds; *kind; kind++) {
		if (!strcmp((*kind)->name, name))
			return *kind;
	}
	return NULL;
}

const struct kind *kind_of(const char *netlink_name, struct nlattr *const *data,
			   unsigned int max)
{
	for (const struct kind *const *kind = kinds; *kind; kind++) {
		if (!strcmp((*kind)->netlink_name, netlink_name) &&
		    (!(*kind)->claims || (*kind)->claims(data, max)))
			return *kind;
	}
	return NULL;
}

const struct row *link_table(const struct kind *kind, unsigned int index)
{
	static const struct row *const unknown[] = { link_rows, ethernet_rows, NULL };
	const struct row *tables[8];
	unsigned int count = 0;

	if (!kind)
		return unknown[index];
	for (unsigned int i = 0; i < 3 && kind->tables[i]; i++)
		tables[count++] = kind->tables[i];
	if (kind->outer)
		tables[count++] = kind->outer;
	if (kind->tunnel)
		tables[count++] = tunnel_rows;
	tables[count++] = link_rows;
	if (kind->ethernet)
		tables[count++] = ethernet_rows;
	return index < count ? tables[index] : NULL;
}

bool link_table_is_data(const struct kind *kind, unsigned int index)
{
	return kind && index < 3 && kind->tables[index] == link_table(kind, index);
}

const struct row *link_row(const struct kind *kind, const char *name)
{
	const struct row *rows, *found = NULL;

	for (unsigned int i = 0; !found && (rows = link_table(kind, i)); i++)
		found = row_find(rows, name);
	return found;
}
