/*
 * json: text is what a reader of UTF-8 that knows code points takes, in any portions; what
 * becomes a string, or base64, is what comes out of it again.
 *
 * Input: the length of the first portion, then the bytes.
 */
#include <stdbool.h>

#include "base/buf.h"
#include "output/json.h"
#include "input.h"

/* The code point at that place, and its length; 0 for none. */
static size_t
read_point(const uint8_t *p, size_t left, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 :
	    p[0] >> 3 == 30 ? 4 : 0, i;

	if (length == 0 || length > left)
		return 0;
	*point = length == 1 ? p[0] : p[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		*point = *point << 6 | (p[i] & 0x3f);
	}
	if (*point < least[length] || *point > 0x10ffff || *point >> 11 == 27)
		return 0;
	return length;
}

static bool
is_text(const uint8_t *p, size_t left)
{
	uint32_t point;
	size_t length;

	for (; left > 0; p += length, left -= length)
		if ((length = read_point(p, left, &point)) == 0)
			return false;
	return true;
}

/* A string without its quotes. */
static void
read_string(const struct buf *from, struct buf *to)
{
	static const char from_letter[] = "\"\"\\\\b\bf\fn\nr\rt\t";
	const char *p = from->data, *end, *q;
	char digits[5] = "";

	for (end = p != NULL ? p + from->length : NULL; p != end;) {
		claim((unsigned char)*p >= ' ' && *p != '"');
		if (*p != '\\') {
			buf_add_byte(to, *p++);
			continue;
		}
		claim(end - p >= 2);
		if (p[1] != 'u') {
			for (q = from_letter; *q != '\0' && *q != p[1]; q += 2)
				;
			claim(*q != '\0');
			buf_add_byte(to, q[1]);
			p += 2;
			continue;
		}
		claim(end - p >= 6);
		(void)memcpy(digits, p + 2, 4);
		buf_add_byte(to, (char)strtoul(digits, NULL, 16));
		p += 6;
	}
}

static void
read_base64(const struct buf *from, struct buf *to)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, bits = 0;
	uint32_t value = 0;
	const char *digit;

	claim(from->length % 4 == 0);
	for (i = 0; i < from->length && from->data[i] != '='; i++) {
		digit = strchr(digits, from->data[i]);
		claim(digit != NULL && *digit != '\0');
		value = value << 6 | (uint32_t)(digit - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_add_byte(to, (char)(value >> bits));
		}
	}
	claim(from->length - i <= 2);
}

static void
claim_same(struct buf *b, const char *data, size_t length)
{
	claim(b->length == length && (length == 0 || memcmp(b->data, data, length) == 0));
	b->length = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct input in = { data, length };
	size_t first = input_byte(&in), groups;
	const char *bytes = (const char *)in.at;
	struct json_text text = {0};
	struct buf said = {0}, got = {0};

	first = first < in.left ? first : in.left;
	json_scan(&text, bytes, first);
	json_scan(&text, bytes + first, in.left - first);
	claim(json_is_text(&text) == is_text(in.at, in.left));
	json_add_text(&said, bytes, first);
	json_add_text(&said, bytes + first, in.left - first);
	read_string(&said, &got);
	claim_same(&got, bytes, in.left);
	said.length = 0;
	groups = first - first % JSON_GROUP;
	json_add_base64(&said, bytes, groups);
	json_add_base64(&said, bytes + groups, in.left - groups);
	read_base64(&said, &got);
	claim_same(&got, bytes, in.left);
	buf_release(&said);
	buf_release(&got);
	return 0;
}
