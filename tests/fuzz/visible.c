/*
 * visible: in ASCII what vis(3) makes of the bytes; in UTF-8 just that, and nothing that
 * moves a cursor; and unvis(3) has them back from either.
 */
#include <stdbool.h>
#include <vis.h>

#include "base/buf.h"
#include "base/visible.h"
#include "input.h"
#include "output/json.h"

static void
try_back(struct buf *b, const uint8_t *data, size_t size)
{
	char *back = malloc(b->length + 1);

	claim(strunvis(back, buf_string(b)) == (int)size);
	claim(size == 0 || memcmp(back, data, size) == 0);
	free(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf ascii = {0}, utf8 = {0};
	struct json_text text = {0};
	char *wanted = malloc(4 * size + 1);
	size_t i;

	visible_add(&ascii, (const char *)data, size, false);
	(void)strvisx(wanted, (const char *)data, size, VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_DQ);
	claim(strcmp(buf_string(&ascii), wanted) == 0);
	try_back(&ascii, data, size);
	visible_add(&utf8, (const char *)data, size, true);
	json_scan(&text, buf_string(&utf8), utf8.length);
	claim(json_is_text(&text));
	for (i = 0; i < utf8.length; i++)
		claim((unsigned char)utf8.data[i] >= ' ' && utf8.data[i] != 0x7f);
	try_back(&utf8, data, size);
	buf_release(&ascii);
	buf_release(&utf8);
	free(wanted);
	return 0;
}
