/* What links and tunnels have beside the verbs of objects: their history, and being adopted. */
#ifndef API_HISTORY_H
#define API_HISTORY_H

#include "api/object.h"

/* The last changes of what is wanted under this name, newest first. On the writer's lane. */
int history_of_object(const struct object_type *type, struct api *api,
		      const struct api_call *call, struct api_answer *answer,
		      struct error *error);
/* One that others made becomes ours, as it is. One that is ours already is as it was. */
int adopt_object(const struct object_type *type, struct api *api, const struct api_call *call,
		 struct api_answer *answer, struct error *error);

#endif
