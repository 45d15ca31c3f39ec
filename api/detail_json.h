/* Values of netops/detail.h as JSON. */
#ifndef API_DETAIL_JSON_H
#define API_DETAIL_JSON_H

#include "api/json_writer.h"
#include "netops/detail.h"

struct detail_json {
	struct json_writer *writer; /* in an open object */
	const char *group, *list;   /* that is open; NULL at first */
};

/* A detail_told: writes it as a member, of its group where it has one. */
void detail_json_tell(const struct detail *detail, void *context);
/* After the last. */
void detail_json_end(struct detail_json *telling);

#endif
