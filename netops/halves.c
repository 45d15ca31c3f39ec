/* A thread costs some 50 us, which is little for what takes milliseconds, and nothing while it is not needed. */
#include "netops/halves.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct halves_there {
	halves_work *work;
	void *context;
};

static void *halves_thread(void *context)
{
	const struct halves_there *there = context;

	there->work(there->context);
	return NULL;
}

void halves_run(halves_work *here, void *context, halves_work *there, void *there_context)
{
	struct halves_there other = { there, there_context };
	pthread_t thread;
	bool started = !pthread_create(&thread, NULL, halves_thread, &other);

	here(context);
	if (started)
		pthread_join(thread, NULL);
	else
		there(there_context);
}
