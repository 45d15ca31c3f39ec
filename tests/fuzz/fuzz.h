/*
 * What the fuzzing drivers share. A driver is a libFuzzer target: it is given
 * bytes, hands them to the code as a client or the kernel would, and aborts
 * when a promise is broken. Sanitizers watch for the rest.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "netops/buffer.h"
#include "netops/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise: what is shown if it is broken. */
#define PROMISE(condition, text) ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, text))
_Noreturn void fuzz_broken(const char *file, int line, const char *text);

/* The text that was written is JSON by our own gate; it is freed. */
void fuzz_check_json(struct buffer *text);
/* An error can be told: its problem document is JSON, with a status from 400 to 599. */
void fuzz_check_error(const struct error *error);

#endif
