/* What the store has done, for GET /metrics: counted where it is done, and read from any thread. */
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#include "intent/store_private.h"

/* The log is made with the first transaction, and may be gone. */
static uint64_t store_file_bytes(const struct store *store, const char *suffix)
{
	char path[sizeof(store->path) + 8];
	struct stat status;

	snprintf(path, sizeof(path), "%s%s", store->path, suffix);
	return stat(path, &status) ? 0 : (uint64_t)status.st_size;
}

void store_figures(const struct store *store, struct store_figures *ret)
{
	*ret = (struct store_figures){
		.transactions =
			atomic_load_explicit(&store->transactions, memory_order_relaxed),
		.journaled = atomic_load_explicit(&store->journaled, memory_order_relaxed),
		.syncs = atomic_load_explicit(&store->syncs, memory_order_relaxed),
		.sync_us = atomic_load_explicit(&store->sync_us, memory_order_relaxed),
		.database_bytes = store_file_bytes(store, ""),
		.log_bytes = store_file_bytes(store, "-wal"),
	};
}

const char *store_library_version(void)
{
	return sqlite3_libversion();
}
