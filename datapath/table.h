/* All tunnels. Changed by the controlling thread alone, while no worker is at work. */
#ifndef DATAPATH_TABLE_H
#define DATAPATH_TABLE_H

#include <stdbool.h>

#include "datapath/tunnel.h"

struct tunnel *table_first(void);
/* NULL: none. */
struct tunnel *table_find(const char *namespace, uint32_t index);
void table_add(struct tunnel *tunnel);
void table_take(struct tunnel *tunnel);
/* Another one with the same ends: EEXIST. */
bool table_has_same(const struct tunnel *tunnel, const struct settings *settings);
/* A more specific one gets packets of these addresses. */
bool table_has_better(const struct tunnel *tunnel, uint32_t source, uint32_t destination);

#endif
