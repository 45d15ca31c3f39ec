#include "intent/event_entry.h"

#include <stdlib.h>
#include <string.h>

/* The texts of an event, and how long they may be. */
static const struct {
	size_t offset, size;
	bool cut;
} entry_texts[] = {
	{ offsetof(struct event, object), EVENTS_OBJECT_SIZE, false },
	{ offsetof(struct event, kind), EVENTS_NAME_SIZE, false },
	{ offsetof(struct event, namespace), EVENTS_NAME_SIZE, false },
	{ offsetof(struct event, owner), EVENTS_NAME_SIZE, false },
	{ offsetof(struct event, detail), EVENTS_DETAIL_SIZE, true },
	{ offsetof(struct event, members), EVENTS_DETAIL_SIZE, false },
	{ offsetof(struct event, device), EVENTS_NAME_SIZE, false },
	{ offsetof(struct event, state), EVENTS_NAME_SIZE, false },
};
enum { ENTRY_TEXTS = sizeof(entry_texts) / sizeof(entry_texts[0]) };

static const char **entry_text(struct event *event, int index)
{
	return (const char **)((char *)event + entry_texts[index].offset);
}

/* How many bytes of a text are kept, without NUL. */
static size_t entry_length(const char *text, int index)
{
	size_t size = entry_texts[index].size;
	size_t length;

	if (!text)
		return 0;
	length = strnlen(text, size);
	if (length < size)
		return length;
	if (!entry_texts[index].cut)
		return 0;
	/* Not in the middle of a character: the bytes after its first are 10xxxxxx. */
	for (length = size - 1; length && ((unsigned char)text[length] & 0xc0) == 0x80;)
		length--;
	return length;
}

struct entry *entry_new(const struct event *event)
{
	struct event copy = *event;
	size_t lengths[ENTRY_TEXTS], size = sizeof(struct entry);
	struct entry *entry;
	char *end;

	for (int i = 0; i < ENTRY_TEXTS; i++) {
		lengths[i] = entry_length(*entry_text(&copy, i), i);
		size += lengths[i] + 1;
	}
	entry = malloc(size);
	if (!entry)
		return NULL;
	*entry = (struct entry){ .event = copy, .users = 1, .size = size };
	entry->event.extra = &entry->extra;
	end = entry->text;
	for (int i = 0; i < ENTRY_TEXTS; i++) {
		const char **text = entry_text(&entry->event, i);

		if (lengths[i])
			memcpy(end, *text, lengths[i]);
		end[lengths[i]] = '\0';
		*text = end;
		end += lengths[i] + 1;
	}
	return entry;
}

void entry_free(struct entry *entry)
{
	for (int i = 0; entry && i < EVENTS_RENDERINGS; i++)
		free(entry->extra.renderings[i]);
	free(entry);
}

const char *event_device(const struct event *event)
{
	return event->alone && event->device ? event->device : "";
}

unsigned int event_class(const char *kind)
{
	static const struct {
		const char *kind;
		unsigned int class;
	} classes[] = {
		{ "route", EVENTS_OF_ROUTES },	     { "link", EVENTS_OF_LINKS },
		{ "tunnel", EVENTS_OF_LINKS },	     { "address", EVENTS_OF_ADDRESSES },
		{ "neighbor", EVENTS_OF_NEIGHBORS }, { "namespace", EVENTS_OF_NAMESPACES },
		{ "rule", EVENTS_OF_RULES },	     { "config", EVENTS_OF_CONFIG },
	};

	for (size_t i = 0; kind && i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (!strcmp(classes[i].kind, kind))
			return classes[i].class;
	}
	return kind && *kind ? 0 : EVENTS_OF_ALL;
}

const char *events_rendering(const struct event *event, unsigned int kind, size_t *ret_length)
{
	const struct rendering *rendering = atomic_load(&event->extra->renderings[kind]);

	if (!rendering)
		return NULL;
	*ret_length = rendering->length;
	return rendering->text;
}
