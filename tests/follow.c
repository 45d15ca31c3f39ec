/* Time counts from the end of the command that upsets: what it does is done then. */
#include "tests/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char kinds[512]; /* that were made, each in quotes */

/* The agent's promise is a second; the machine may be busy with others meanwhile. */
enum { PROMISE_MS = 1000 };

static unsigned int repaired, late;

static bool machine_is_slow(void)
{
	return agent_requires_all_kinds() || getenv("TUNNELD_SLOW");
}

double follow_patience(void)
{
	return machine_is_slow() ? 10 : 5;
}

void follow_kept_promise(void)
{
	print_message("%u of %u repairs took more than a second\n", late, repaired);
	if (!machine_is_slow())
		assert_in_range(late * 10, 0, repaired);
}

static void note_kind(const char *body)
{
	const char *at = strstr(body, "'kind':");
	char quoted[32];

	if (!at)
		return;
	snprintf(quoted, sizeof(quoted), "%.*s'", 1 + (int)strcspn(at + 8, "'"), at + 7);
	if (!strstr(kinds, quoted) && strlen(kinds) + strlen(quoted) < sizeof(kinds))
		strcat(kinds, quoted);
}

bool follow_has(const char *kind)
{
	char quoted[32];

	snprintf(quoted, sizeof(quoted), "'%s'", kind);
	return strstr(kinds, quoted) != NULL;
}

void follow_make(const struct agent *agent, const struct wanted_object *objects)
{
	kinds[0] = '\0';
	for (; objects->collection; objects++) {
		const struct call call = { "POST", objects->collection, objects->body, NULL,
					   NULL };
		struct reply *reply = agent_call(agent, &call);

		if (reply->status == 201)
			note_kind(objects->body);
		else if (reply->status != 501 || agent_requires_all_kinds())
			fail_msg("%s %s: %ld %s", objects->collection,
				 agent_text(objects->body), reply->status, reply->body);
	}
}

/* Succeeds before the time is over? */
static bool holds_until(const char *command, double until)
{
	while (command_run(command)) {
		if (raw_clock() > until)
			return false;
		usleep(20 * 1000);
	}
	return true;
}

void follow_until(const char *command, const char *what)
{
	if (!holds_until(command, raw_clock() + follow_patience()))
		fail_msg("%s: not so: %s", what, agent_text(command));
}

/* What was tried before it could be is applied in the end, and not repaired. */
static bool is_event(const char *text, const char *wanted)
{
	return !strncmp(text, wanted, strlen(wanted)) ||
	       (!strcmp(wanted, "repaired") && !strncmp(text, "applied", 7));
}

static bool is_told(struct watch *watch, const struct upset *upset, double until)
{
	char part[512];

	snprintf(part, sizeof(part), "\"object\":\"%s", agent_text(upset->object));
	for (;;) {
		for (char *line = watch->text; (line = strstr(line, "\"type\":")); line++) {
			size_t length = strcspn(line, "\n");
			char *object = strstr(line, part);

			if (object && object < line + length && is_event(line + 8, upset->event))
				return true;
		}
		if (raw_clock() > until)
			return false;
		watch_some(watch, 20);
	}
}

/* The first of the conditions that does not hold, and what was told meanwhile. */
static void show_and_fail(struct watch *watch, const struct upset *upset)
{
	char parts[AGENT_TEXT_SIZE], *rest, *part;

	snprintf(parts, sizeof(parts), "%s", agent_text(upset->holds));
	watch_some(watch, 20);
	for (part = parts; part; part = rest) {
		rest = strstr(part, " && ");
		if (rest)
			*rest = '\0';
		if (rest)
			rest += 4;
		if (system(part))
			fail_msg("%s: not so: %s; %s", upset->name, part, watch->text);
	}
	fail_msg("%s: so only too late", upset->name);
}

void follow_upset(const struct agent *agent, const struct upset *upset)
{
	struct watch *watch = watch_open(agent, "/events", "Accept: application/x-ndjson\r\n");
	double begun, until;
	int status = command_run(upset->command);

	if (status)
		fail_msg("%s: %s: status %d", upset->name, agent_text(upset->command), status);
	begun = raw_clock();
	until = begun + follow_patience();
	if (upset->holds && !holds_until(upset->holds, until))
		show_and_fail(watch, upset);
	if (upset->object && !is_told(watch, upset, until))
		fail_msg("%s: no event \"%s\" of %s: %s", upset->name, upset->event,
			 agent_text(upset->object), watch->text);
	begun = (raw_clock() - begun) * 1000;
	repaired++;
	late += begun > PROMISE_MS;
	print_message("repaired: %s, in %.0f ms\n", upset->name, begun);
	watch_close(watch);
}

void follow_state(const struct agent *agent, const char *url, const char *state)
{
	double until = raw_clock() + follow_patience();
	struct reply *reply;

	do {
		reply = agent_call(agent, &(struct call){ .method = "GET", .target = url });
		if (!strcmp(json_text(reply->json, "/status/state"), state))
			return;
		usleep(20 * 1000);
	} while (raw_clock() < until);
	fail_msg("%s is not %s: %s", agent_text(url), state, reply->body);
}
