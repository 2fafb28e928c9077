/*
 * input: takes what a target needs off the fuzzer's bytes, and says which claim was
 * false.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define claim(c) ((c) ? (void)0 : claim_false(__FILE__, __LINE__, #c))

static inline void
claim_false(const char *file, int line, const char *text)
{
	(void)fprintf(stderr, "%s:%d: false: %s\n", file, line, text);
	abort();
}

struct input {
	const uint8_t	*at;
	size_t		 left;
};

/* One byte, 0 after the last. */
static inline unsigned int
input_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

/* The bytes before the next NUL, or all that are left: a string, to be freed. */
static inline char *
input_string(struct input *in)
{
	const uint8_t *end = in->left > 0 ? memchr(in->at, '\0', in->left) : NULL;
	size_t length = end != NULL ? (size_t)(end - in->at) : in->left;
	char *s = malloc(length + 1);

	claim(s != NULL);
	if (length > 0)
		memcpy(s, in->at, length);
	s[length] = '\0';
	in->at += length;
	in->left -= length;
	(void)input_byte(in);
	return s;
}
