/*
 * emit: a job whose bytes and end follow from its record alone.
 *
 *   emit N          by the number N: 0 bytes to 5 MiB on each stream, of every byte value, in uneven pieces and turns,
 *                   one in three without a final newline; one in 17 fails, one in 1009 dies of a signal (PIPE, on
 *                   which a shell does not comment)
 *   emit -b S C     S bytes of the character C on stdout, in lines of 64
 *   emit -e S C     the same on stderr
 */

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB 1024UL
#define MIB (1024UL * KIB)

struct stream {
	int fd;
	uint64_t state;
	size_t left;
	int newline;
};

static uint64_t
next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void
put(int fd, const unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0)
			_exit(74);
		p += w;
		n -= (size_t)w;
	}
}

/* How much record n writes on one stream: most little, some around what a pipe holds, a few up to 5 MiB. */
static size_t
size(unsigned long n, uint64_t *state)
{
	if (n % 1000 == 0)
		return (n / 1000 % 5 + 1) * MIB - (n % 2000 == 0 ? 0 : next(state) % 1000);
	if (n % 100 == 51)
		return 64 * KIB - 1 + n / 100 % 3;
	if (n % 100 == 52)
		return 4 * KIB - 1 + n / 100 % 3;
	if (n % 10 == 3)
		return 0;
	return next(state) % 300;
}

static void
piece(struct stream *s)
{
	static unsigned char block[128 * KIB];
	size_t most = s->left > 64 * KIB ? sizeof(block) : 4 * KIB;
	size_t n = 1 + next(&s->state) % most;

	if (n > s->left)
		n = s->left;
	for (size_t i = 0; i < n; i += 8) {
		uint64_t word = next(&s->state);

		memcpy(block + i, &word, sizeof(word));
	}
	s->left -= n;
	if (s->left == 0 && n > 0)
		block[n - 1] = s->newline ? '\n' : '.';
	put(s->fd, block, n);
}

static void
fill(int fd, unsigned long n, int c)
{
	static unsigned char block[64 * KIB];

	memset(block, c, sizeof(block));
	for (size_t i = 63; i < sizeof(block); i += 64)
		block[i] = '\n';
	while (n > 0) {
		size_t part = n < sizeof(block) ? n : sizeof(block);

		put(fd, block, part);
		n -= part;
	}
}

int
main(int argc, char *argv[])
{
	if (argc == 4 && (strcmp(argv[1], "-b") == 0 || strcmp(argv[1], "-e") == 0)) {
		fill(argv[1][1] == 'b' ? 1 : 2, strtoul(argv[2], NULL, 10), argv[3][0]);
		return 0;
	}
	if (argc != 2)
		return 64;

	unsigned long n = strtoul(argv[1], NULL, 10);
	uint64_t state = n;
	struct stream s[2] = {
		{ .fd = 1, .state = n * 2, .left = size(n, &state), .newline = n % 3 != 0 },
		{ .fd = 2, .state = n * 2 + 1, .left = size(n, &state), .newline = n % 3 != 1 },
	};

	if (n % 10 == 4)
		s[0].left = 0;
	while (s[0].left > 0 || s[1].left > 0)
		piece(&s[next(&state) % 2]);
	if (n % 1009 == 0)
		raise(SIGPIPE);
	return n % 17 == 0 ? (int)(n % 125) + 1 : 0;
}
