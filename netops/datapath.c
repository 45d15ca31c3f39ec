/* What user space can carry: by kind, by the options of a tunnel, and on this machine. */
#include "netops/datapath.h"

#include <netinet/in.h>
#include <unistd.h>

#include "netops/datapath_private.h"
#include "netops/kind.h"

bool datapath_knows(const struct kind *kind)
{
	return kind && kind->outer_protocol;
}

bool datapath_possible(const struct netops *netops, const char **ret_why)
{
	*ret_why = NULL;
	if (access("/dev/net/tun", R_OK | W_OK))
		*ret_why = "/dev/net/tun is missing";
	else if (!netops->datapath)
		*ret_why = "it is not used here";
	else if (access(netops->datapath->program, X_OK))
		*ret_why = "the program tunneld-datapath is not installed";
	return !*ret_why;
}

static void cannot(const struct link *wanted, const char *pointer, const char *why,
		   struct error *error)
{
	error_member(error, pointer, "userspace", "user space cannot carry this %s: %s",
		     wanted->kind->name, why);
}

/* What only the kernel does; each member that asks for it. */
static int check_options(const struct link *wanted, struct error *error)
{
	const struct link_options *options = &wanted->options;

	if (LINK_GIVEN(wanted, external) && options->external)
		cannot(wanted, "/external", "it takes the kernel's routes", error);
	if (LINK_GIVEN(wanted, encapsulation_type) && options->encapsulation_type)
		cannot(wanted, "/encapsulation/type", "the kernel alone wraps in UDP", error);
	if (LINK_GIVEN(wanted, mode) && options->mode == IPPROTO_MPLS)
		cannot(wanted, "/mode", "it carries no MPLS", error);
	if (LINK_GIVEN(wanted, remote) && ip_is_multicast(&options->remote))
		cannot(wanted, "/remote", "it has no multicast group for a far end", error);
	return error_verdict(error);
}

static int check_machine(const struct netops *netops, const struct link *wanted,
			 struct error *error)
{
	const char *name = wanted->kind->name, *why;

	if (!datapath_knows(wanted->kind))
		return error_set(error, ERROR_UNSUPPORTED,
				 "user space does not carry tunnels of kind %s: they are the "
				 "kernel's alone",
				 name);
	if (!datapath_possible(netops, &why))
		return error_set(error, ERROR_UNSUPPORTED,
				 "user space cannot carry this %s here: %s", name, why);
	return 0;
}

int datapath_serves(const struct netops *netops, const struct link *wanted, struct error *error)
{
	return check_machine(netops, wanted, error) || check_options(wanted, error) ? -1 : 0;
}

int datapath_stands_in(const struct netops *netops, const struct link *wanted,
		       struct error *error)
{
	const struct kind *kind = wanted->kind;
	struct error reason;

	error_clear(&reason);
	if (!datapath_serves(netops, wanted, &reason))
		return 0;
	return error_set(error, ERROR_UNSUPPORTED,
			 "this kernel cannot make links of kind %s: module %s (%s) is missing, "
			 "and %.200s",
			 kind->name, kind->module, kind->config,
			 reason.member_count ? reason.members[0].detail : reason.detail);
}
