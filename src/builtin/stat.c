/*
 * stat: what inodes say, in a line for each file.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/text.h"
#include "builtin/call.h"
#include "builtin/names.h"

#define FORMAT	"%n\t%s\t%Y\t%a"
#define BLOCK	512	/* of st_blocks */

static const char *
type_of(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return st->st_size == 0 ? "regular empty file" : "regular file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symbolic link";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	case S_IFBLK:
		return "block special file";
	case S_IFCHR:
		return "character special file";
	default:
		return "weird file";
	}
}

static void
add_mode(struct text *t, mode_t mode)
{
	char s[12];

	strmode(mode, s);
	text_add(t, s, 10);
}

static void
add_octal(struct text *t, mode_t mode)
{
	char s[16];

	(void)snprintf(s, sizeof s, "%o", (unsigned)mode & 07777);
	text_string(t, s);
}

/* Files have the same owner more often than not, and looking it up takes long. */
static void
add_user(struct text *t, uid_t id)
{
	static char name[64];
	static uid_t last;
	const char *user;

	if (name[0] == '\0' || id != last) {
		user = names_user(id);
		(void)strlcpy(name, user != NULL ? user : "UNKNOWN", sizeof name);
		last = id;
	}
	text_string(t, name);
}

static void
add_group(struct text *t, gid_t id)
{
	static char name[64];
	static gid_t last;
	const char *group;

	if (name[0] == '\0' || id != last) {
		group = names_group(id);
		(void)strlcpy(name, group != NULL ? group : "UNKNOWN", sizeof name);
		last = id;
	}
	text_string(t, name);
}

/* May be before 1970. */
static void
add_seconds(struct text *t, time_t seconds)
{
	if (seconds < 0)
		text_byte(t, '-');
	text_number(t, seconds < 0 ? -(uintmax_t)seconds : (uintmax_t)seconds, 0);
}

static void
add_time(struct text *t, const struct timespec *ts)
{
	char text[128];
	struct tm tm;
	long east;

	if (localtime_r(&ts->tv_sec, &tm) == NULL) {
		(void)snprintf(text, sizeof text, "%jd.%09ld", (intmax_t)ts->tv_sec, ts->tv_nsec);
	} else {
		east = tm.tm_gmtoff / 60;
		(void)snprintf(text, sizeof text,
		    "%04jd-%02d-%02d %02d:%02d:%02d.%09ld %c%02ld%02ld",
		    (intmax_t)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec, ts->tv_nsec, east < 0 ? '-' : '+', labs(east) / 60, labs(east) % 60);
	}
	text_string(t, text);
}

#define LETTERS	"%ABFGUXYZabdghinsuxyz"

static uintmax_t
number_of(char letter, const struct stat *st)
{
	switch (letter) {
	case 'b':
		return (uintmax_t)st->st_blocks;
	case 'd':
		return st->st_dev;
	case 'g':
		return st->st_gid;
	case 'h':
		return st->st_nlink;
	case 'i':
		return st->st_ino;
	case 's':
		return (uintmax_t)st->st_size;
	case 'u':
		return st->st_uid;
	default:
		return BLOCK;
	}
}

static const struct timespec *
time_of(char letter, const struct stat *st)
{
	switch (letter) {
	case 'X': case 'x':
		return &st->st_atim;
	case 'Y': case 'y':
		return &st->st_mtim;
	default:
		return &st->st_ctim;
	}
}

/* What one of the LETTERS stands for. */
static void
add_thing(struct text *t, char letter, const char *name, const struct stat *st)
{
	switch (letter) {
	case '%':
		text_byte(t, '%');
		break;
	case 'A':
		add_mode(t, st->st_mode);
		break;
	case 'F':
		text_string(t, type_of(st));
		break;
	case 'G':
		add_group(t, st->st_gid);
		break;
	case 'U':
		add_user(t, st->st_uid);
		break;
	case 'X': case 'Y': case 'Z':
		add_seconds(t, time_of(letter, st)->tv_sec);
		break;
	case 'a':
		add_octal(t, st->st_mode);
		break;
	case 'n':
		text_string(t, name);
		break;
	case 'x': case 'y': case 'z':
		add_time(t, time_of(letter, st));
		break;
	default:
		text_number(t, number_of(letter, st), 0);
		break;
	}
}

/* A % at the end is one. */
static void
add_line(struct text *t, const char *format, const char *name, const struct stat *st)
{
	const char *p;

	for (p = format; *p != '\0'; p++)
		if (*p != '%' || p[1] == '\0')
			text_byte(t, *p);
		else
			add_thing(t, *++p, name, st);
	text_byte(t, '\n');
}

static int
check(struct call *c, const char *format)
{
	char wrong[3] = "%";

	for (; (format = strchr(format, '%')) != NULL && format[1] != '\0'; format += 2) {
		if (strchr(LETTERS, format[1]) != NULL)
			continue;
		wrong[1] = format[1];
		call_say(c, "'%s': invalid directive", wrong);
		return -1;
	}
	return 0;
}

static int
ask(const char *name, bool follow, struct stat *st)
{
	if (strcmp(name, "-") == 0)
		return fstat(STDIN_FILENO, st);
	return follow ? stat(name, st) : lstat(name, st);
}

int
builtin_stat(int argc, char **argv, struct io *io)
{
	struct call c;
	struct stat st;
	const char *format = FORMAT;
	bool follow = false;
	int i, option, status = 0;

	call_start(&c, argc, argv, io);
	while ((option = call_option(&c, "Lc:")) != 0) {
		if (option == -1)
			return 1;
		if (option == 'L')
			follow = true;
		else
			format = c.value;
	}
	if (call_operands(&c) == -1 || check(&c, format) == -1)
		return 1;
	for (i = 0; i < c.count; i++) {
		if (ask(c.operands[i], follow, &st) == 0) {
			add_line(&c.out, format, c.operands[i], &st);
		} else {
			call_complain(&c, "cannot statx ", c.operands[i], "", errno);
			status = 1;
		}
	}
	text_end(&c.out);
	return status;
}
