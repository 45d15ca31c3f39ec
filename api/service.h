/* What the service says of itself. Its operations are listed in api/operations.h. */
#ifndef API_SERVICE_H
#define API_SERVICE_H

struct api;

/* Keeps openapi.yaml, and the .json beside it; what is not there stays empty. path may be NULL. */
void service_read_description(struct api *api, const char *path);

#endif
