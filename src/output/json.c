/*
 * json: which bytes are UTF-8 is as RFC 3629 has it: the shortest form, no surrogates, and
 * nothing beyond U+10FFFF.
 */
#include <string.h>

#include "base/buf.h"
#include "output/json.h"

/* The first byte of a character of several. */
static void
json_begin(struct json_text *t, unsigned char c)
{
	t->least = 0x80;
	t->most = 0xbf;
	if (c >= 0xc2 && c <= 0xdf)
		t->missing = 1;
	else if (c >= 0xe0 && c <= 0xef)
		t->missing = 2;
	else if (c >= 0xf0 && c <= 0xf4)
		t->missing = 3;
	else
		t->never = true;
	switch (c) {
	case 0xe0:
		t->least = 0xa0;
		break;
	case 0xed:
		t->most = 0x9f;
		break;
	case 0xf0:
		t->least = 0x90;
		break;
	case 0xf4:
		t->most = 0x8f;
		break;
	}
}

void
json_scan(struct json_text *t, const char *data, size_t length)
{
	const unsigned char *p = (const unsigned char *)data, *end = p + length;

	for (; p < end && !t->never; p++)
		if (t->missing > 0) {
			t->never = *p < t->least || *p > t->most;
			t->missing--;
			t->least = 0x80;
			t->most = 0xbf;
		} else if (*p >= 0x80)
			json_begin(t, *p);
}

bool
json_is_text(const struct json_text *t)
{
	return !t->never && t->missing == 0;
}

static bool
is_plain(char c)
{
	return (unsigned char)c >= ' ' && c != '"' && c != '\\';
}

static void
json_add_escape(struct buf *b, char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt", hex[] = "0123456789abcdef";
	const char *p = letters;

	while (*p != '\0' && *p != c)
		p += 2;
	buf_add_byte(b, '\\');
	if (*p != '\0') {
		buf_add_byte(b, p[1]);
		return;
	}
	buf_add(b, "u00", 3);
	buf_add_byte(b, hex[(unsigned char)c >> 4]);
	buf_add_byte(b, hex[c & 0xf]);
}

void
json_add_text(struct buf *b, const char *data, size_t length)
{
	const char *end = data + length, *p;

	while (data < end) {
		for (p = data; p < end && is_plain(*p); p++)
			;
		buf_add(b, data, (size_t)(p - data));
		if (p < end)
			json_add_escape(b, *p++);
		data = p;
	}
}

void
json_add_base64(struct buf *b, const char *data, size_t length)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char in[JSON_GROUP];
	char out[4];
	size_t n;

	for (; length > 0; data += n, length -= n) {
		n = length < sizeof in ? length : sizeof in;
		(void)memset(in, 0, sizeof in);
		(void)memcpy(in, data, n);
		out[0] = digits[in[0] >> 2];
		out[1] = digits[(in[0] & 0x3) << 4 | in[1] >> 4];
		out[2] = n > 1 ? digits[(in[1] & 0xf) << 2 | in[2] >> 6] : '=';
		out[3] = n > 2 ? digits[in[2] & 0x3f] : '=';
		buf_add(b, out, sizeof out);
	}
}
