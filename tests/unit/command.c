/* Commands of unit tests: see command.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/command.h"

void command(const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (system(line))
		fail_msg("%s", line);
}

unsigned int lines(const char *format, ...)
{
	char line[512];
	unsigned int count = 0;
	va_list arguments;
	FILE *output;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	output = popen(line, "r");
	assert_non_null(output);
	while (fgets(line, sizeof(line), output))
		count++;
	pclose(output);
	return count;
}
