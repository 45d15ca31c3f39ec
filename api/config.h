/*
 * The configuration: all that is wanted, as one document, with an array for each
 * collection. What the sources of /config share.
 */
#ifndef API_CONFIG_H
#define API_CONFIG_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "intent/intent.h"

enum { CONFIG_OBJECTS = 50000 }; /* in one document */

/*
 * The objects of a document as steps that create them, each with owner. Secrets
 * of which it says nothing are those that are stored. All wrong members are
 * told, with pointers into the document.
 */
int config_read(struct intent *intent, struct json_object *document, const char *owner,
		struct intent_plan *ret, struct error *error);
/* The document, of one owner or (NULL) of all. */
int config_write(struct json_writer *writer, struct intent *intent, const char *owner,
		 bool secrets, struct error *error);

/* A step as an object that the caller ends. */
void config_write_step(struct json_writer *writer, const struct intent_step *step,
		       const char *prefix);
/* The member "plan": what is to be done, or was. */
void config_write_plan(struct json_writer *writer, const struct intent_plan *plan,
		       const char *prefix, bool done);

struct api;
struct api_answer;
struct api_call;
/* A dry run in a kernel: the answer with each step's verdict. */
int trial_answer(struct api *api, const struct api_call *call, struct intent_plan *plan,
		 const char *owner, struct api_answer *answer, struct error *error);

#endif
