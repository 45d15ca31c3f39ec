/* Folders that the process needs. */
#ifndef AGENT_FOLDER_H
#define AGENT_FOLDER_H

#include <sys/types.h>

struct error;

/* Makes one folder (its parent must exist) with exactly this mode; one that is there stays as it is. */
int folder_make(const char *path, mode_t mode, struct error *error);

/* The same for the folder that a file lies in. */
int folder_make_parent(const char *path, mode_t mode, struct error *error);

#endif
