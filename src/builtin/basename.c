/*
 * basename: names without their directories, and without a suffix.
 */
#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/text.h"
#include "builtin/call.h"

static void
add_base(struct text *t, const char *name, const char *suffix)
{
	size_t end = strlen(name), start, length = strlen(suffix);

	while (end > 1 && name[end - 1] == '/')
		end--;
	for (start = end; start > 0 && name[start - 1] != '/'; start--)
		;
	if (start == end && end > 0)
		start--;	/* nothing but slashes */
	else if (length < end - start && memcmp(name + end - length, suffix, length) == 0)
		end -= length;
	text_add(t, name + start, end - start);
	text_byte(t, '\n');
}

/* Without -a and -s there is one name, and may be a suffix. */
static int
check(struct call *c, bool many)
{
	if (call_operands(c) == -1)
		return -1;
	if (many || c->count <= 2)
		return 0;
	call_refuse(c, "extra operand ", c->operands[2], 0);
	return -1;
}

int
builtin_basename(int argc, char **argv, struct io *io)
{
	struct call c;
	const char *suffix = "";
	bool many = false;
	int i, option;

	call_start(&c, argc, argv, io);
	while ((option = call_option(&c, "+as:")) != 0) {
		if (option == -1)
			return 1;
		if (option == 's')
			suffix = c.value;
		many = true;
	}
	if (check(&c, many) == -1)
		return 1;
	if (!many && c.count == 2)
		suffix = c.operands[1];
	for (i = 0; i < (many ? c.count : 1); i++)
		add_base(&c.out, c.operands[i], suffix);
	text_end(&c.out);
	return 0;
}
