/*
 * Which kinds of link this kernel has, read from what it shows of itself
 * (/sys/module, /proc/kallsyms, modules.dep, modules.builtin). Asking loads
 * nothing: a tunnel's module would put its fallback device into every
 * namespace of the machine.
 */
#ifndef NETOPS_CAPABILITY_H
#define NETOPS_CAPABILITY_H

#include <stdbool.h>

#include "netops/error.h"

struct kind;
struct netops;

enum capability_state {
	CAPABILITY_ABSENT,   /* neither built in nor there as a module */
	CAPABILITY_LOADABLE, /* the kernel loads the module when it is first used */
	CAPABILITY_LOADED,   /* built in, or the module is loaded */
};

struct capability {
	const struct kind *kind;
	enum capability_state state;
	char reason[256]; /* a sentence: where it was seen, or what is missing */
	bool userspace;	  /* user space would carry what the kernel cannot */
};

/* Calls record for each of kinds[], in order. One pass over each file, tens of milliseconds. */
typedef int capability_record(const struct capability *capability, void *context,
			      struct error *error);
int capability_list(const struct netops *netops, capability_record *record, void *context,
		    struct error *error);

#endif
