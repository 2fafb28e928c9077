/*
 * realpath: names without links, dots and needless slashes.  The rest of the name is
 * walked, component by component; what is behind us is real.
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/text.h"
#include "builtin/call.h"

#define LINKS_MOST	40	/* the kernel's own limit */

/* What need not be there. */
enum lack {
	LACK_NOTHING,
	LACK_LAST,
	LACK_ANY,
};

struct walk {
	char	 behind[PATH_MAX];	/* without a slash at the end */
	size_t	 length;
	char	 room[2 * PATH_MAX];
	char	*ahead;			/* at the end of it */
	int	 links;
};

/* Puts it before what is ahead. */
static int
put_ahead(struct walk *w, const char *text, size_t length)
{
	if (length > (size_t)(w->ahead - w->room)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	w->ahead -= length;
	memcpy(w->ahead, text, length);
	return 0;
}

static void
step_back(struct walk *w)
{
	while (w->length > 0 && w->behind[--w->length] != '/')
		;
	w->behind[w->length] = '\0';
}

static int
step(struct walk *w, const char *component, size_t length)
{
	if (w->length + 1 + length >= sizeof w->behind) {
		errno = ENAMETOOLONG;
		return -1;
	}
	w->behind[w->length++] = '/';
	memcpy(w->behind + w->length, component, length);
	w->length += length;
	w->behind[w->length] = '\0';
	return 0;
}

/* What we stepped on is a link: goes back, and its target is ahead. */
static int
follow(struct walk *w, const char *target, size_t length)
{
	if (put_ahead(w, target, length) == -1)
		return -1;
	step_back(w);
	if (target[0] == '/')
		w->behind[w->length = 0] = '\0';
	return 0;
}

/* Only a directory may have a slash, or a dot or two, behind it. */
static bool
must_be_directory(const char *ahead)
{
	const char *p = ahead + strspn(ahead, "/");
	size_t length = strcspn(p, "/");

	return p > ahead && (length == 0 || (length <= 2 && memcmp(p, "..", length) == 0));
}

static int
check_there(const struct walk *w)
{
	struct stat st;

	if (lstat(w->behind, &st) == -1)
		return -1;
	if (!must_be_directory(w->ahead) || S_ISDIR(st.st_mode))
		return 0;
	errno = ENOTDIR;
	return -1;
}

/* What we stepped on is no link, with that errno; is it all right? */
static int
check(const struct walk *w, enum lack lack, int error)
{
	if (lack == LACK_ANY)
		return 0;
	if (error == EINVAL && !must_be_directory(w->ahead))
		return 0;
	if (error == EINVAL)
		return check_there(w);
	errno = error;
	if (lack == LACK_LAST && error == ENOENT &&
	    w->ahead[strspn(w->ahead, "/")] == '\0')
		return 0;
	return -1;
}

static int
look(struct walk *w, enum lack lack)
{
	static char target[PATH_MAX];
	ssize_t n = readlink(w->behind, target, sizeof target);

	if (n == -1)
		return check(w, lack, errno);
	if (++w->links <= LINKS_MOST)
		return follow(w, target, (size_t)n);
	errno = ELOOP;
	return lack == LACK_ANY ? 0 : -1;
}

static int
walk_component(struct walk *w, const char *component, size_t length, enum lack lack)
{
	if (length == 1 && component[0] == '.')
		return 0;
	if (length == 2 && memcmp(component, "..", 2) == 0) {
		step_back(w);
		return 0;
	}
	if (step(w, component, length) == -1)
		return -1;
	return look(w, lack);
}

static int
walk(struct walk *w, const char *name, enum lack lack)
{
	const char *component;
	size_t length;

	if (name[0] == '\0') {
		errno = ENOENT;
		return -1;
	}
	w->length = 0;
	w->links = 0;
	w->behind[0] = '\0';
	w->ahead = w->room + sizeof w->room - 1;
	*w->ahead = '\0';
	if (put_ahead(w, name, strlen(name)) == -1)
		return -1;
	if (name[0] != '/') {
		if (getcwd(w->behind, sizeof w->behind) == NULL)
			return -1;
		w->length = strspn(w->behind, "/") == strlen(w->behind) ? 0 : strlen(w->behind);
	}
	while (*(w->ahead += strspn(w->ahead, "/")) != '\0') {
		component = w->ahead;
		length = strcspn(component, "/");
		w->ahead += length;
		if (walk_component(w, component, length, lack) == -1)
			return -1;
	}
	return 0;
}

int
builtin_realpath(int argc, char **argv, struct io *io)
{
	static struct walk w;
	struct call c;
	enum lack lack = LACK_LAST;
	int i, option, status = 0;

	call_start(&c, argc, argv, io);
	while ((option = call_option(&c, "em")) != 0) {
		if (option == -1)
			return 1;
		lack = option == 'e' ? LACK_NOTHING : LACK_ANY;
	}
	if (call_operands(&c) == -1)
		return 1;
	for (i = 0; i < c.count; i++) {
		if (walk(&w, c.operands[i], lack) == -1) {
			call_complain(&c, "", c.operands[i], "", errno);
			status = 1;
			continue;
		}
		text_string(&c.out, w.length > 0 ? w.behind : "/");
		text_byte(&c.out, '\n');
	}
	text_end(&c.out);
	return status;
}
