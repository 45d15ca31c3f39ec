/* What the sources of the verbs share. */
#ifndef API_OBJECT_PRIVATE_H
#define API_OBJECT_PRIVATE_H

#include "api/document.h"
#include "api/object.h"
#include "netops/member.h"

/* What a request asks for, on its way to become a step. */
struct change {
	const struct object_type *type;
	struct api *api;
	const struct api_call *call;
	bool foreign, recreate;
	struct object_found found;
	struct json_object *asked; /* as it came */
	struct json_object *body;  /* the whole object: read from it, and kept as document */
	struct wish wish;
};
#define CLEANUP_CHANGE __attribute__((cleanup(change_clear)))
/* Zeroed, with empty records. */
void change_init(struct change *change, const struct object_type *type, struct api *api,
		 const struct api_call *call);
void change_clear(struct change *change);
/* 1: it is there, and the conditions hold; 0: it is not, and may be made; -1. */
int change_find(struct change *change, struct error *error);
/* A PUT or PATCH of a veth's other end, which is a member of the first. */
int change_other_end(struct change *change, struct json_object *shown,
		     struct api_answer *answer, struct error *error);

/* Steps that belong together. */
struct many {
	struct intent *intent;
	struct intent_step *steps;
	size_t count;
	bool array; /* of a list: what is wrong is wrong with one of its items */
};
void many_clear(struct many *many);
#define CLEANUP_MANY __attribute__((cleanup(many_clear)))

/* Owner, labels and document of a step; old: what it had, or NULL. */
int object_fill_step(struct intent_step *step, struct json_object *body,
		     const struct wish *wish, const struct intent_view *old, bool patch,
		     struct error *error);
/* One new object from its document, and the answer that it was made. */
int object_make(const struct object_type *type, struct api *api, const struct api_call *call,
		struct json_object *body, struct api_answer *answer, struct error *error);
/* What became of a step, as GET would show it. */
int object_answer_step(const struct object_type *type, struct api *api,
		       const struct api_call *call, struct api_answer *answer, bool created,
		       const struct intent_step *step, struct error *error);
int object_no_memory(struct error *error);

/* How requests that came together are done. */
struct together_way {
	/* Its steps: 1; 0 with one->result where there is nothing to be done with others. */
	int (*prepare)(const struct object_type *type, struct api *api,
		       struct api_together *one, struct many *ret);
	/* Its steps were done. */
	void (*answer)(const struct object_type *type, struct api *api,
		       struct api_together *one, const struct many *many);
	/* All of it, by itself. */
	int (*again)(const struct object_type *type, struct api *api, struct api_together *one);
};
void object_together(const struct together_way *way, const struct object_type *type,
		     struct api *api, struct api_together *all, size_t count);

#endif
