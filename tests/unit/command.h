/* Commands that a unit test runs to make a scene, or to look at one. */
#ifndef TESTS_UNIT_COMMAND_H
#define TESTS_UNIT_COMMAND_H

/* Runs a shell's command, which must succeed. */
__attribute__((format(printf, 1, 2))) void command(const char *format, ...);

/* How many lines a command prints. */
__attribute__((format(printf, 1, 2))) unsigned int lines(const char *format, ...);

#endif
