/*
 * The one error value of the house: it lives on the caller's stack, is passed
 * last, and is filled where the cause is known. Functions that take one return
 * 0, or -1 with the error filled. Nothing below agent/ logs.
 */
#ifndef NETOPS_ERROR_H
#define NETOPS_ERROR_H

#include <stdint.h>

enum error_kind {
	ERROR_NONE,
	ERROR_MALFORMED,    /* the request cannot be read */
	ERROR_TOO_LARGE,    /* the request would take too much memory */
	ERROR_INVALID,	    /* it can be read, and a member is wrong */
	ERROR_ABSENT,	    /* the object of the request is not there */
	ERROR_MISSING,	    /* something the object needs is not there */
	ERROR_EXISTS,	    /* the object, or what would clash with it, is there */
	ERROR_AMBIGUOUS,    /* several objects fit */
	ERROR_REFUSED,	    /* not ours, or the kernel does not let it go */
	ERROR_FIXED,	    /* it can only be made anew with this */
	ERROR_PRECONDITION, /* a condition of the request does not hold */
	ERROR_UNSUPPORTED,  /* this kernel cannot */
	ERROR_BUSY,	    /* not now: try again */
	ERROR_KERNEL,	    /* see number */
	ERROR_INTERNAL,
};

enum {
	ERROR_MEMBERS = 16, /* more are counted, not kept */
	ERROR_CANDIDATES = 8,
	ERROR_URL_SIZE = 1152, /* any URL of ours, with each byte of its names escaped */
};

/* One wrong member of a request's body. */
struct error_member {
	char pointer[96]; /* JSON pointer (RFC 6901) into the body */
	char code[24];	  /* a word for programs: required, range, family … */
	char detail[200]; /* a sentence for people */
};

struct error {
	enum error_kind kind;
	int number;		       /* errno of the kernel, or 0 */
	char detail[512];	       /* what, why, what to do */
	char kernel[160];	       /* the kernel's own words (extended ack), or "" */
	uint32_t offset;	       /* of the refused attribute in our message, or 0 */
	char conflict[ERROR_URL_SIZE]; /* URL of the object in the way, or "" */
	unsigned int member_count;     /* may exceed ERROR_MEMBERS */
	struct error_member members[ERROR_MEMBERS];
	unsigned int candidate_count; /* likewise, with ERROR_CANDIDATES */
	char candidates[ERROR_CANDIDATES][ERROR_URL_SIZE];
};

/* Empties it. An error starts its life with this, not with = {0}: it is large. */
void error_clear(struct error *error);

/* Fills it and returns -1, so that failing is one statement. */
int error_set(struct error *error, enum error_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What an errno means, in the C library's words; never NULL. */
const char *error_words(int number);

/* The same for a failed call: number is an errno; "…: its text" is appended. */
int error_errno(struct error *error, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Adds a wrong member and returns -1; the error becomes ERROR_INVALID. All
 * checks of a request run, so that one answer names all that is wrong.
 */
int error_member(struct error *error, const char *pointer, const char *code, const char *format,
		 ...) __attribute__((format(printf, 4, 5)));

/* Likewise for a member that cannot be changed in place: ERROR_FIXED. */
int error_fixed(struct error *error, const char *pointer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Likewise for a member that names something that is not there: ERROR_MISSING. */
int error_missing(struct error *error, const char *pointer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* -1 if members were added, else 0: the end of a row of checks. */
int error_verdict(const struct error *error);

#endif
