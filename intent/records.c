/*
 * The life of records. On the heap, before each one stands whose piece it is of; a piece
 * goes when it is closed and the last of its records is freed.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "intent/type.h"

/* ---- in a function ---- */

void intent_record_empty(const struct intent_type *type, void *record)
{
	if (type->init)
		type->init(record);
	else
		memset(record, 0, type->size);
}

void intent_record_init(struct intent_record *record, const struct intent_type *type)
{
	record->type = type;
	intent_record_empty(type, record->bytes);
}

void intent_record_clear(struct intent_record *record)
{
	if (record->type->clear)
		record->type->clear(record->bytes);
}

/* ---- on the heap ---- */

enum { RECORDS_MANY = 64 };

struct intent_records {
	atomic_size_t users, taken; /* users: who has it open, and those that are taken */
	size_t count, size;	    /* size: of the whole, in bytes */
	alignas(max_align_t) unsigned char room[];
};

struct record_head {
	alignas(max_align_t) struct intent_records *piece; /* NULL: it was malloc() */
};

static size_t record_stride(const struct intent_type *type)
{
	const size_t size = sizeof(struct record_head) + type->size;

	return (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
}

struct intent_records *intent_records_open(const struct intent_type *type, size_t count)
{
	const size_t size = sizeof(struct intent_records) + count * record_stride(type);
	struct intent_records *records;

	if (count < RECORDS_MANY)
		return NULL;
	records = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (records == MAP_FAILED)
		return NULL;
	/* Fewer page faults, where the kernel can. */
	(void)madvise(records, size, MADV_HUGEPAGE);
	records->users = 1;
	records->count = count;
	records->size = size;
	return records;
}

void intent_records_touch(struct intent_records *records)
{
	/* An older kernel gives it bit by bit. */
	if (records)
		(void)madvise(records, records->size, MADV_POPULATE_WRITE);
}

void intent_records_close(struct intent_records *records)
{
	if (records && atomic_fetch_sub(&records->users, 1) == 1)
		munmap(records, records->size);
}

static struct record_head *records_take(struct intent_records *records,
					const struct intent_type *type)
{
	size_t index = atomic_fetch_add(&records->taken, 1);

	if (index >= records->count)
		return NULL;
	atomic_fetch_add(&records->users, 1);
	return (struct record_head *)(void *)(records->room + index * record_stride(type));
}

/* All of it 0. */
static void *record_room(struct intent_records *records, const struct intent_type *type)
{
	struct record_head *head = records ? records_take(records, type) : NULL;
	const bool taken = head != NULL;

	if (!taken)
		head = calloc(1, record_stride(type));
	if (!head)
		return NULL;
	head->piece = taken ? records : NULL;
	return head + 1;
}

void *intent_record_new_in(struct intent_records *records, const struct intent_type *type)
{
	void *record = record_room(records, type);

	if (record && type->init)
		type->init(record);
	return record;
}

void *intent_record_new(const struct intent_type *type)
{
	return intent_record_new_in(NULL, type);
}

static void *record_move(struct intent_records *records, const struct intent_type *type,
			 void *record)
{
	void *moved = record_room(records, type);

	if (!moved)
		return NULL;
	memcpy(moved, record, type->size);
	intent_record_empty(type, record);
	return moved;
}

void *intent_record_moved_to(struct intent_records *records, struct intent_record *record)
{
	return record_move(records, record->type, record->bytes);
}

void *intent_record_moved(struct intent_record *record)
{
	return record_move(NULL, record->type, record->bytes);
}

void *intent_record_taken(const struct intent_type *type, void *record)
{
	return record_move(NULL, type, record);
}

void intent_record_free(const struct intent_type *type, void *record)
{
	struct record_head *head;

	if (!record)
		return;
	head = (struct record_head *)record - 1;
	if (type->clear)
		type->clear(record);
	if (head->piece)
		intent_records_close(head->piece);
	else
		free(head);
}
