/*
 * Three files are read once each for all kinds; a line that speaks of a kind
 * leaves a mark. /proc/kallsyms tells what is built in where modules.builtin is
 * not installed: the function that sets up a new device of the kind has a name
 * that nothing else has.
 */
#include "netops/capability.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "netops/datapath.h"
#include "netops/kind.h"

enum { CAPABILITY_KINDS = 64, CAPABILITY_WORD = 512 };

/* Where a kind was seen. */
enum {
	SEEN_LOADED = 1,  /* /sys/module */
	SEEN_SYMBOL = 2,  /* /proc/kallsyms */
	SEEN_BUILTIN = 4, /* modules.builtin */
	SEEN_MODULE = 8,  /* modules.dep */
};

struct capability_sight {
	uint8_t seen[CAPABILITY_KINDS]; /* beside kinds[] */
	char release[sizeof(((struct utsname *)NULL)->release)];
};

/* True if a line of a file speaks of the kind. */
typedef bool capability_line(const char *line, const struct kind *kind);

/* "ffffffff81000000 t vxlan_setup", perhaps with "	[vxlan]" behind. */
static bool capability_symbol_line(const char *line, const struct kind *kind)
{
	const char *name = strrchr(line, ' ');
	size_t length = kind->symbol ? strlen(kind->symbol) : 0;

	return name && length && !strncmp(name + 1, kind->symbol, length) &&
	       strchr("\t\n", name[1 + length]);
}

/* "kernel/drivers/net/vxlan/vxlan.ko.xz: kernel/net/ipv4/udp_tunnel.ko.xz" */
static bool capability_module_line(const char *line, const struct kind *kind)
{
	size_t path = strcspn(line, ":\n"), length = kind->module ? strlen(kind->module) : 0;
	const char *end = line + path, *name = end;

	while (name > line && name[-1] != '/')
		name--;
	return length && (size_t)(end - name) > length + 2 &&
	       !strncmp(name, kind->module, length) && !strncmp(name + length, ".ko", 3);
}

/* A file that is not there says nothing; that is no error. */
static void capability_read(struct capability_sight *sight, const char *path,
			    capability_line *speaks, uint8_t mark)
{
	FILE *file = fopen(path, "re");
	char line[CAPABILITY_WORD];
	bool begins = true;

	while (file && fgets(line, sizeof(line), file)) {
		for (size_t i = 0; begins && i < CAPABILITY_KINDS && kinds[i]; i++) {
			if (speaks(line, kinds[i]))
				sight->seen[i] |= mark;
		}
		/* Of a long line only the beginning counts. */
		begins = strchr(line, '\n') != NULL;
	}
	if (file)
		fclose(file);
}

static void capability_read_loaded(struct capability_sight *sight)
{
	char path[128];

	for (size_t i = 0; i < CAPABILITY_KINDS && kinds[i]; i++) {
		snprintf(path, sizeof(path), "/sys/module/%s", kinds[i]->module);
		if (kinds[i]->module && !access(path, F_OK))
			sight->seen[i] |= SEEN_LOADED;
	}
}

static void capability_look(struct capability_sight *sight)
{
	struct utsname system;
	char path[512];

	if (uname(&system))
		strcpy(system.release, "unknown");
	memcpy(sight->release, system.release, sizeof(sight->release));
	capability_read_loaded(sight);
	capability_read(sight, "/proc/kallsyms", capability_symbol_line, SEEN_SYMBOL);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", system.release);
	capability_read(sight, path, capability_module_line, SEEN_BUILTIN);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", system.release);
	capability_read(sight, path, capability_module_line, SEEN_MODULE);
}

static void capability_judge(struct capability *capability, uint8_t seen, const char *release)
{
	const struct kind *kind = capability->kind;
	char *reason = capability->reason;
	size_t size = sizeof(capability->reason);

	capability->state = CAPABILITY_LOADED;
	if (seen & SEEN_LOADED) {
		snprintf(reason, size, "the kernel shows /sys/module/%s", kind->module);
	} else if (seen & (SEEN_SYMBOL | SEEN_BUILTIN)) {
		snprintf(reason, size, "built into the kernel");
	} else if (seen & SEEN_MODULE) {
		capability->state = CAPABILITY_LOADABLE;
		snprintf(reason, size, "the module %s is installed and is loaded on first use",
			 kind->module);
	} else {
		capability->state = CAPABILITY_ABSENT;
		snprintf(reason, size,
			 "kernel %.80s was built without it or its module %s is not "
			 "installed: %s=y or =m is needed",
			 release, kind->module, kind->config);
	}
}

/* What the kernel lacks, and how user space stands in for it. */
static void capability_judge_userspace(const struct netops *netops,
				       struct capability *capability)
{
	size_t length = strlen(capability->reason);
	const char *why;

	if (!datapath_knows(capability->kind))
		return;
	capability->userspace = datapath_possible(netops, &why);
	if (capability->state == CAPABILITY_ABSENT)
		snprintf(capability->reason + length, sizeof(capability->reason) - length, "; %s%s",
			 capability->userspace ? "user space carries it" : "not in user space: ",
			 capability->userspace ? "" : why);
}

int capability_list(const struct netops *netops, capability_record *record, void *context,
		    struct error *error)
{
	struct capability_sight sight = { 0 };

	capability_look(&sight);
	for (size_t i = 0; i < CAPABILITY_KINDS && kinds[i]; i++) {
		struct capability capability = { .kind = kinds[i] };

		capability_judge(&capability, sight.seen[i], sight.release);
		capability_judge_userspace(netops, &capability);
		if (record(&capability, context, error) < 0)
			return -1;
	}
	return 0;
}
