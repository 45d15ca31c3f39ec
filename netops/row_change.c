/* What has to be said to the kernel so that one record becomes another. */
#include <string.h>

#include "netops/row.h"

static bool row_is_initial(const struct row *row, const void *record, const struct given *given)
{
	const struct device *device = row_value(row, record);

	if (!given_at(given, row->offset))
		return true;
	switch (row->type) {
	case ROW_KEY: /* where a flag says that there is one, 0 is a key */
		return row->wire != WIRE_KEY && !row_number(row, record);
	case ROW_ADDRESS:
		return ip_is_any(row_value(row, record));
	case ROW_DEVICE:
		return !device->index && !device->name[0];
	case ROW_TEXT:
		return !*(const char *)row_value(row, record);
	case ROW_PREFIX:
	case ROW_MAC:
	case ROW_LINK_ADDRESS:
		return false;
	default:
		return row_number(row, record) == row->initial;
	}
}

bool row_settled(const struct row *row, const void *wanted, const struct given *given_wanted,
		 const void *actual, const struct given *given_actual)
{
	if ((row->flags & ROW_KEEP) && !given_at(given_wanted, row->offset))
		return true;
	if ((row->flags & ROW_ANY) && row_is_initial(row, wanted, given_wanted))
		return true;
	if (row_is_initial(row, wanted, given_wanted) &&
	    row_is_initial(row, actual, given_actual))
		return true;
	return row_equal(row, wanted, given_wanted, actual, given_actual);
}

/* False where only silence can say it. */
static bool row_put_initial(const struct row *row, const void *actual, void *record)
{
	switch (row->type) {
	case ROW_ADDRESS: {
		struct ip *ip = row_place(row, record);

		*ip = (struct ip){
			.family = ((const struct ip *)row_value(row, actual))->family
		};
		return true;
	}
	case ROW_DEVICE:
		*(struct device *)row_place(row, record) = (struct device){ 0 };
		return true;
	case ROW_TEXT:
		*(char *)row_place(row, record) = '\0';
		return true;
	case ROW_PREFIX:
	case ROW_MAC:
	case ROW_LINK_ADDRESS:
		return false;
	default:
		*(uint32_t *)row_place(row, record) = row->initial;
		return row->wire != WIRE_KEY && row->wire != WIRE_FLAG;
	}
}

static bool row_is_sent(const struct row *row)
{
	return !(row->flags & (ROW_CREATE_ONLY | ROW_SHORTHAND)) && row->wire != WIRE_NONE;
}

bool rows_changes(const struct row *rows, bool whole, const void *wanted,
		  const struct given *given_wanted, const void *actual,
		  const struct given *given_actual, void *record, struct given *changes)
{
	bool found = false;

	for (const struct row *row = rows; row->name; row++) {
		bool given = given_at(given_wanted, row->offset);
		bool settled = row_settled(row, wanted, given_wanted, actual, given_actual);

		if (!row_is_sent(row))
			continue;
		found |= !settled;
		if (given ? whole || !settled :
			    !settled && row_put_initial(row, actual, record))
			give_at(changes, row->offset);
	}
	return found;
}
