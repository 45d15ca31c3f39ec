/*
 * The order in which steps can be done: what gives up comes first, those who
 * need others before those others; then what is made or changed, the needed
 * before those who need them. A circle is cut where it is met.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intent/intent_private.h"

enum order_mark { ORDER_NEW, ORDER_UNDER_WAY, ORDER_DONE };

struct order_item {
	struct intent_step *step;
	size_t first_need, need_count; /* in needs */
	bool late;
	enum order_mark mark;
};

struct order_place {
	char *text;
	size_t item; /* who gives it, or needs it */
};

struct order_places {
	struct order_place *all;
	size_t count;
	bool failed;
};

struct order {
	struct order_item *items;
	size_t count;
	struct order_places gives, needs;
	struct intent_step *sorted;
	size_t sorted_count;
};

struct order_collecting {
	struct order_places *places;
	size_t item;
};

static void order_collect(const struct intent_place *place, void *context)
{
	const struct order_collecting *collecting = context;
	struct order_places *places = collecting->places;
	struct order_place *all = places->all;
	char text[PLACE_SIZE];

	/* The room grows at each power of two. */
	if (!(places->count & (places->count - 1)))
		all = reallocarray(all, places->count ? 2 * places->count : 1, sizeof(*all));
	if (!all) {
		places->failed = true;
		return;
	}
	places->all = all;
	place_text(place, text, sizeof(text));
	all[places->count] = (struct order_place){ strdup(text), collecting->item };
	if (all[places->count].text)
		places->count++;
	else
		places->failed = true;
}

static void order_places_free(struct order_places *places)
{
	for (size_t i = 0; i < places->count; i++)
		free(places->all[i].text);
	free(places->all);
}

/* The document that says what the step's object is: a new one, or the one that goes. */
static const char *order_document(struct intent *intent, const struct intent_step *step)
{
	const struct intent_object *object;

	if (step->document)
		return step->document;
	object = table_find(&intent->table, step->key);
	return object ? object->document : NULL;
}

static int order_learn(struct intent *intent, struct order *order, size_t index,
		       struct error *error)
{
	const struct intent_documents *documents = &intent->settings.documents;
	struct order_item *item = &order->items[index];
	const struct intent_type *type = item->step->type;
	struct order_collecting gives = { &order->gives, index },
				needs = { &order->needs, index };
	const char *document = order_document(intent, item->step);
	INTENT_RECORD(record, type);

	item->first_need = order->needs.count;
	if (!document)
		return 0;
	if (documents->read(documents->context, type, document, NULL, record.bytes, error))
		return -1;
	if (type->gives)
		type->gives(record.bytes, order_collect, &gives);
	if (type->needs)
		type->needs(record.bytes, order_collect, &needs);
	item->late = type->late && type->late(record.bytes);
	item->need_count = order->needs.count - item->first_need;
	return 0;
}

static int order_by_text(const void *a, const void *b)
{
	const struct order_place *one = a, *other = b;

	return strcmp(one->text, other->text);
}

static bool order_same_way(const struct intent_step *a, const struct intent_step *b)
{
	return (a->action == INTENT_DELETE) == (b->action == INTENT_DELETE);
}

static void order_visit(struct order *order, size_t index);

static void order_visit_givers(struct order *order, const struct order_item *item,
			       const char *place)
{
	const struct order_place key = { (char *)(uintptr_t)place, 0 };
	const struct order_place *found = NULL;

	if (order->gives.count)
		found = bsearch(&key, order->gives.all, order->gives.count, sizeof(key),
				order_by_text);

	while (found && found > order->gives.all && !order_by_text(found - 1, &key))
		found--;
	for (; found && found < order->gives.all + order->gives.count &&
	       !order_by_text(found, &key);
	     found++) {
		if (order_same_way(order->items[found->item].step, item->step))
			order_visit(order, found->item);
	}
}

/* As deep as things stand on each other; names come in chains of a few. */
static void order_visit(struct order *order, size_t index)
{
	struct order_item *item = &order->items[index];

	if (item->mark != ORDER_NEW)
		return;
	item->mark = ORDER_UNDER_WAY;
	for (size_t i = 0; i < item->need_count; i++)
		order_visit_givers(order, item, order->needs.all[item->first_need + i].text);
	item->mark = ORDER_DONE;
	order->sorted[order->sorted_count++] = *item->step;
}

/* By rank, so that what names nothing of the others has its usual place, too. */
static void order_visit_all(struct order *order, bool deletions)
{
	for (unsigned int rank = 0; rank < 2 * INTENT_RANKS; rank++) {
		for (size_t i = 0; i < order->count; i++) {
			const struct order_item *item = &order->items[i];

			if ((item->step->action == INTENT_DELETE) == deletions &&
			    2 * item->step->type->rank + item->late == rank)
				order_visit(order, i);
		}
	}
}

static void order_reverse(struct intent_step *steps, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct intent_step other = steps[i];

		steps[i] = steps[count - 1 - i];
		steps[count - 1 - i] = other;
	}
}

static int order_sort(struct intent *intent, struct order *order, struct error *error)
{
	for (size_t i = 0; i < order->count; i++) {
		if (order_learn(intent, order, i, error))
			return -1;
	}
	if (order->gives.failed || order->needs.failed)
		return error_errno(error, ENOMEM, "ordering a change");
	if (order->gives.count)
		qsort(order->gives.all, order->gives.count, sizeof(*order->gives.all),
		      order_by_text);
	order_visit_all(order, true);
	order_reverse(order->sorted, order->sorted_count);
	order_visit_all(order, false);
	return 0;
}

int intent_order(struct intent *intent, struct intent_step *steps, size_t count,
		 struct error *error)
{
	struct order order = { .count = count };
	int result = -1;

	order.items = calloc(count + 1, sizeof(*order.items));
	order.sorted = calloc(count + 1, sizeof(*order.sorted));
	for (size_t i = 0; order.items && i < count; i++)
		order.items[i].step = &steps[i];
	if (!order.items || !order.sorted)
		error_errno(error, ENOMEM, "ordering a change");
	else
		result = order_sort(intent, &order, error);
	if (!result && count)
		memcpy(steps, order.sorted, count * sizeof(*steps));
	order_places_free(&order.gives);
	order_places_free(&order.needs);
	free(order.items);
	free(order.sorted);
	return result;
}
