/*
 * IFLA_LINKINFO's payload to settings and back: what is not given is what the kernel takes for
 * it, and all that the kernel would dump is put.
 */
#ifndef DATAPATH_INFO_H
#define DATAPATH_INFO_H

#include <stddef.h>

#include "datapath/settings.h"

/*
 * 0, or an errno as the kernel's, with *why. before: what the tunnel was set to, or NULL;
 * what a change keeps, or may not change, is held against it.
 */
int info_read(struct settings *settings, const struct settings *before, const void *info,
	      size_t length, const char **why);
/* The length; 0 if there is no room. */
size_t info_put(const struct settings *settings, void *info, size_t size);

#endif
