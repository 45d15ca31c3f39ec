/* Query parameters, decoded. What is wrong with one is ERROR_MALFORMED and names it. */
#ifndef API_QUERY_H
#define API_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "api/api.h"
#include "netops/error.h"
#include "netops/row.h"

/* The value, or NULL if it was not given. */
const char *query_text(const struct api_call *call, const char *key);

/* An absent parameter leaves *ret as it is: the default is the caller's. */
int query_boolean(const struct api_call *call, const char *key, bool *ret, struct error *error);
/* 1 … size - 1 bytes: what can be a name of its kind at all. */
int query_name(const struct api_call *call, const char *key, char *ret, size_t size,
	       struct error *error);
int query_number(const struct api_call *call, const char *key, uint32_t minimum,
		 uint32_t maximum, uint32_t *ret, struct error *error);
/* The value of one of words (ended by a NULL name). */
int query_word(const struct api_call *call, const char *key, const struct row_word *words,
	       uint32_t *ret, struct error *error);
/* A number, or one of words. */
int query_named(const struct api_call *call, const char *key, const struct row_word *words,
		uint32_t minimum, uint32_t maximum, uint32_t *ret, struct error *error);
/* An address without a length; "10.0.0.0/8", a host's without a length. */
int query_address(const struct api_call *call, const char *key, struct ip *ret,
		  struct error *error);
int query_prefix(const struct api_call *call, const char *key, struct ip *ret,
		 struct error *error);

#endif
