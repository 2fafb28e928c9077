/*
 * joblog: the file is read once, and then only added to.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "output/joblog.h"

#define SURE	"Seq\tHost\tStarttime"	/* no other file begins so */
#define HEADER	SURE "\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand"
#define COLUMNS	9		/* the last one is the command */
#define MODE	0666
#define READER_EVERY	10000000L	/* ns */
#define READER_TRIES	100
#define NS	INT64_C(1000000000)
#define MS	INT64_C(1000000)

/* A line of an earlier run. */
struct line {
	uint64_t	sequence;
	uint64_t	digest;
	size_t		number;		/* of the line: the last one of a job counts */
	bool		failed;
	bool		has_digest;
	uint64_t	sent;		/* to its stdin */
	char		*command;	/* if it failed, and that will be asked for */
};

struct joblog {
	int		 fd;
	struct joblog_style style;
	struct buf	 text;		/* of lines that are not written so far */
	bool		 has_digests;	/* its lines may end in them */
	struct line	*lines;		/* by sequence and number */
	size_t		 count;
	size_t		 room;
};

static int
line_compare(const void *a, const void *b)
{
	const struct line *l = a, *m = b;

	if (l->sequence != m->sequence)
		return l->sequence < m->sequence ? -1 : 1;
	return l->number < m->number ? -1 : l->number > m->number;
}

/* Takes the digest off the end of a command, if it is there. */
static void
joblog_parse_digest(struct line *l, char *command)
{
	char *last = strrchr(command, '\t'), *end;

	if (last == NULL || strncmp(last, "\trecords:", 9) != 0)
		return;
	l->digest = strtoumax(last + 9, &end, 16);
	l->has_digest = end == last + 9 + 16 && *end == '\0';
	if (l->has_digest)
		*last = '\0';
}

/* A line of the file: nothing if it is none of a job, as the header is. */
static void
joblog_parse(struct joblog *j, char *text, size_t number)
{
	char *columns[COLUMNS] = {0}, *end;
	struct line l = { .number = number };
	size_t n;

	/* The rest is the command, which may have tabs in it, and what of ours follows. */
	for (n = 0; n < COLUMNS - 1 && text != NULL; n++)
		columns[n] = strsep(&text, "\t");
	if (text == NULL)
		return;
	errno = 0;
	l.sequence = strtoumax(columns[0], &end, 10);
	if (errno != 0 || end == columns[0] || *end != '\0')
		return;
	l.failed = strcmp(columns[6], "0") != 0 || strcmp(columns[7], "0") != 0;
	l.sent = strtoumax(columns[4], NULL, 10);
	if (j->has_digests)
		joblog_parse_digest(&l, text);
	if (j->style.failed && l.failed) {
		l.command = mem_alloc(strlen(text) + 1);
		(void)memcpy(l.command, text, strlen(text) + 1);
	}
	if (j->count == j->room) {
		j->room = j->room != 0 ? 2 * j->room : 64;
		j->lines = mem_resize(j->lines, j->room, sizeof *j->lines);
	}
	j->lines[j->count++] = l;
}

/* Has the file on the disk, if it is one that can be there. */
static int
joblog_sync(struct joblog *j)
{
	int error;

	if (!j->style.sync)
		return 0;
	do
		error = fdatasync(j->fd);
	while (error == -1 && errno == EINTR);
	return error == -1 && errno != EINVAL && errno != EROFS && errno != EOPNOTSUPP &&
	    errno != ENOSYS ? -1 : 0;
}

/* By one write(2), unless the disk is full or a signal comes; the next one tells which. */
int
joblog_flush(struct joblog *j)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < j->text.length) {
		n = write(j->fd, j->text.data + done, j->text.length - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		done += (size_t)n;
	}
	j->text.length -= done;
	/* Only of what is no file is there a rest. */
	if (j->text.length > 0 && errno == EAGAIN)
		(void)memmove(j->text.data, j->text.data + done, j->text.length);
	else if (n == -1)
		return -1;
	return joblog_sync(j);
}

bool
joblog_owes(const struct joblog *j, int *fd, size_t *bytes)
{
	*fd = j->fd;
	*bytes = j->text.length;
	return j->text.length > 0;
}

/* Does the first line of a file say that it is a log?  It may be cut short itself. */
static bool
is_header(const char *text, size_t length)
{
	size_t n = length < strlen(SURE) ? length : strlen(SURE);

	return n >= strlen("Seq\t") && strncmp(text, SURE, n) == 0;
}

/*
 * What follows the last newline, at that place, was cut short by a kill or a full disk.
 * A log is as if it had never been written.  Another file may be anyone's, so it gets a
 * newline, that our lines are lines.
 */
static int
joblog_mend(struct joblog *j, off_t at, bool is_log)
{
	if (!is_log)
		return write(j->fd, "\n", 1) == 1 ? 0 : -1;
	if (ftruncate(j->fd, at) == -1)
		return -1;
	return at == 0 ? joblog_flush(j) : 0;
}

/* Reads all lines, and mends the last one. */
static int
joblog_read(struct joblog *j)
{
	int fd = dup(j->fd);
	FILE *f = fd != -1 ? fdopen(fd, "r") : NULL;
	char *text = NULL;
	size_t size = 0, number = 0, i;
	ssize_t length;
	off_t at = 0;
	bool whole = true, is_log = false;
	int error = 0;

	if (f == NULL)
		return -1;
	rewind(f);
	while (whole && (length = getline(&text, &size, f)) > 0) {
		if (number == 0)
			is_log = is_header(text, (size_t)length);
		if (number == 0)
			j->has_digests = j->style.digests ||
			    strstr(text, "\tRecords\n") != NULL;
		whole = text[length - 1] == '\n';
		if (!whole)
			break;
		at += length;
		/* NULs are newlines of the command. */
		for (i = 0; i < (size_t)length; i++)
			if (text[i] == '\0')
				text[i] = '\n';
		text[length - 1] = '\0';
		joblog_parse(j, text, number++);
	}
	/* Without memory for a line, it is no error of the file. */
	if (ferror(f) || (whole && !feof(f)))
		error = -1;
	else if (!whole)
		error = joblog_mend(j, at, is_log);
	free(text);
	(void)fclose(f);
	if (j->count > 0)
		qsort(j->lines, j->count, sizeof *j->lines, line_compare);
	return error;
}

/* Begins the file, or reads it if there is something in it. */
static int
joblog_begin(struct joblog *j)
{
	struct stat st;

	if (fstat(j->fd, &st) == -1)
		return -1;
	if (st.st_size == 0)
		return joblog_flush(j);
	if (joblog_read(j) == -1)
		return -1;
	j->text.length = 0;	/* there are names of columns */
	return 0;
}

/*
 * Has the name of the file on the disk, too, by its folder.  Some file systems have it
 * there anyway, and some cannot tell.
 */
static void
joblog_sync_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct buf folder = {0};
	int fd;

	buf_add(&folder, path, slash != NULL ? (size_t)(slash - path) + 1 : 0);
	buf_add_byte(&folder, '.');
	fd = open(buf_string(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_release(&folder);
	if (fd == -1)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

/*
 * What is no file may have a reader who is slow, or comes later: for a second we wait
 * for one.
 */
static int
joblog_open_pipe(const char *path)
{
	const struct timespec pause = { 0, READER_EVERY };
	int fd, n;

	for (n = 0; n < READER_TRIES; n++) {
		fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd != -1 || errno != ENXIO)
			return fd;
		(void)nanosleep(&pause, NULL);
	}
	errno = ENXIO;
	return -1;
}

struct joblog *
joblog_open(const char *path, const struct joblog_style *style, const char **why)
{
	const int flags = O_RDWR | O_APPEND | (style->failed ? 0 : O_CREAT) | O_CLOEXEC;
	struct joblog *j = mem_array(1, sizeof *j);
	struct stat st;

	j->style = *style;
	/* What is no file is not locked, and has nothing in it. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		j->fd = joblog_open_pipe(path);
	else
		j->fd = flopen(path, flags | O_NONBLOCK, MODE);
	if (j->fd == -1 && (errno == ENOSYS || errno == ENOTSUP || errno == ENOLCK))
		j->fd = open(path, flags, MODE);	/* some file systems have no locks */
	if (j->fd == -1) {
		*why = errno == EWOULDBLOCK ? "another run writes it" : "";
		if (errno == EWOULDBLOCK)
			errno = 0;
		free(j);
		return NULL;
	}
	*why = "";
	if (!style->keep && ftruncate(j->fd, 0) == -1 && errno != EINVAL) {
		joblog_free(j);
		return NULL;
	}
	buf_addf(&j->text, HEADER "%s\n", style->digests ? "\tRecords" : "");
	if (style->sync)
		joblog_sync_name(path);
	if (joblog_begin(j) == 0)
		return j;
	joblog_free(j);
	return NULL;
}

void
joblog_free(struct joblog *j)
{
	int error = errno;
	size_t i;

	(void)close(j->fd);
	buf_release(&j->text);
	for (i = 0; i < j->count; i++)
		free(j->lines[i].command);
	free(j->lines);
	free(j);
	errno = error;
}

int
joblog_add(struct joblog *j, const struct joblog_entry *e)
{
	char *p;

	buf_addf(&j->text, "%ju\t:\t%jd.%03d\t%6jd.%03d\t%ju\t%ju\t%d\t%d\t", (uintmax_t)e->sequence,
	    (intmax_t)(e->began / NS), (int)(e->began % NS / MS),
	    (intmax_t)(e->took / NS), (int)(e->took % NS / MS),
	    (uintmax_t)e->sent, (uintmax_t)e->received, e->status, e->signal);
	buf_add(&j->text, e->command, e->length);
	for (p = j->text.data + j->text.length - e->length; p < j->text.data + j->text.length;
	    p++)
		if (*p == '\n')
			*p = '\0';
	if (j->style.digests && e->has_digest)
		buf_addf(&j->text, "\trecords:%016jx", (uintmax_t)e->digest);
	buf_add_byte(&j->text, '\n');
	return joblog_flush(j);
}

enum logged
joblog_find(const struct joblog *j, uint64_t sequence, uint64_t digest)
{
	size_t low = 0, high = j->count, middle;
	const struct line *l;

	/* The first line after those of the job. */
	while (low < high) {
		middle = low + (high - low) / 2;
		if (j->lines[middle].sequence <= sequence)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || j->lines[low - 1].sequence != sequence)
		return LOGGED_NOT;
	l = &j->lines[low - 1];
	if (l->has_digest && l->digest != digest)
		return LOGGED_OTHER;
	return l->failed ? LOGGED_FAILED : LOGGED_WELL;
}

bool
joblog_failed(const struct joblog *j, size_t *at, struct joblog_entry *e)
{
	const struct line *l;

	while (*at < j->count) {
		l = &j->lines[(*at)++];
		if (!l->failed || (*at < j->count && l[1].sequence == l->sequence))
			continue;
		*e = (struct joblog_entry){
			.sequence = l->sequence, .sent = l->sent, .command = l->command,
			.length = strlen(l->command), .digest = l->digest,
			.has_digest = l->has_digest,
		};
		return true;
	}
	return false;
}

uint64_t
joblog_digest(const void *data, size_t length)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);	/* FNV-1a */

	while (length-- > 0)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return h;
}
