/* What all drivers need: apart, as some are of programs that know neither JSON nor errors. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

void fuzz_broken(const char *file, int line, const char *text)
{
	fprintf(stderr, "%s:%d: promise broken: %s\n", file, line, text);
	abort();
}
