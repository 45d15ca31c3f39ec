/* What a tunnel is to be: IFLA_LINKINFO's bytes, in two halves of which the second is a change. */
#include <string.h>

#include "datapath/info.h"
#include "tests/fuzz/fuzz.h"

static void put_and_read(const struct settings *settings)
{
	unsigned char info[1024];
	struct settings again;
	const char *why = NULL;
	size_t length = info_put(settings, info, sizeof(info));

	PROMISE(length && length <= sizeof(info), "settings have room");
	PROMISE(!info_read(&again, NULL, info, length, &why), "what is told is understood");
	PROMISE(!memcmp(&again, settings, sizeof(again)), "and means the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size ? data[0] % size : 0;
	struct settings first, second;
	const char *why = NULL;

	if (!size)
		return 0;
	if (info_read(&first, NULL, data + 1, half, &why)) {
		PROMISE(why, "a refusal has its reason");
		return 0;
	}
	put_and_read(&first);
	if (!info_read(&second, &first, data + 1 + half, size - 1 - half, &why))
		PROMISE(second.kind == first.kind && !second.remote == !first.remote,
			"a change changes no kind");
	return 0;
}
