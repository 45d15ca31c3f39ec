/* One level only: a missing parent is more likely a typing mistake than a wish. */
#include "agent/folder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/cleanup.h"
#include "netops/error.h"

int folder_make(const char *path, mode_t mode, struct error *error)
{
	struct stat status;

	if (mkdir(path, mode) == 0)
		return chmod(path, mode) == 0 ? /* whatever the umask is */
			       0 :
			       error_errno(error, errno, "cannot set the mode of %s", path);
	if (errno != EEXIST)
		return error_errno(error, errno, "cannot make the folder %s", path);
	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
		return error_set(error, ERROR_INVALID, "%s is not a folder", path);
	return 0;
}

int folder_make_parent(const char *path, mode_t mode, struct error *error)
{
	const char *slash = strrchr(path, '/');
	CLEANUP_FREE char *parent = NULL;

	if (!slash || slash == path)
		return 0;
	parent = strndup(path, (size_t)(slash - path));
	if (!parent)
		return error_errno(error, ENOMEM, "cannot make the folder of %s", path);
	return folder_make(parent, mode, error);
}
