/*
 * makeflags: whatever MAKEFLAGS has, what is added to it is what counts, and all else
 * stays as it was.
 *
 * Input: the old ones, and a path for the FIFO.
 */
#include "base/buf.h"
#include "run/makeflags.h"
#include "input.h"

static void
try_join(const char *old, const char *path)
{
	struct makeflags before, after;
	struct buf option = {0}, all = {0};

	makeflags_parse(old, &before);
	makeflags_quote("--jobserver-auth=fifo:", path, &option);
	makeflags_join(old, buf_string(&option), &all);
	claim(all.length >= strlen(old) + 1 + option.length);
	makeflags_parse(buf_string(&all), &after);
	claim(after.style == MAKEFLAGS_FIFO);
	claim(strcmp(after.path.data, path) == 0);
	claim(after.jobs == before.jobs);
	claim(after.dry_run == before.dry_run);
	makeflags_release(&before);
	makeflags_release(&after);
	buf_release(&option);
	buf_release(&all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *old = input_string(&in), *path = input_string(&in);

	try_join(old, path);
	free(old);
	free(path);
	return 0;
}
