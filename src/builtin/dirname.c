/*
 * dirname: names without their last component.
 */
#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/text.h"
#include "builtin/call.h"

static void
add_directory(struct text *t, const char *name)
{
	size_t end = strlen(name);

	while (end > 0 && name[end - 1] == '/')
		end--;
	while (end > 0 && name[end - 1] != '/')
		end--;
	while (end > 1 && name[end - 1] == '/')
		end--;
	if (end > 0)
		text_add(t, name, end);
	else
		text_byte(t, name[0] == '/' ? '/' : '.');
	text_byte(t, '\n');
}

int
builtin_dirname(int argc, char **argv, struct io *io)
{
	struct call c;
	int i;

	call_start(&c, argc, argv, io);
	if (call_option(&c, "") == -1 || call_operands(&c) == -1)
		return 1;
	for (i = 0; i < c.count; i++)
		add_directory(&c.out, c.operands[i]);
	text_end(&c.out);
	return 0;
}
