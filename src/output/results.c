/*
 * results: what is in the making is in a folder beside its place, named after the
 * number of the job.  Its stdout is locked, so that another run, whose job may have that
 * number as well, takes another name; and one that a killed run has left behind is taken
 * over by the run that does the job.  A folder takes its place by one rename(2), or
 * exchanges it with an older one; where neither is to be had, or there is to be no
 * folder, its files do one by one.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libutil.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/words.h"
#include "output/capture.h"
#include "output/results.h"

#define NAMES_MOST	1000	/* of folders, others have those before */
#define FOLDER_MODE	0777
#define FILE_MODE	0666
#define SIZES		"output %ju %ju\n"	/* bytes, before the note in job */

static const struct {
	const char	*name;		/* in a folder, */
	const char	*ending;	/* or after the name that they have in common */
} files[] = {
	{ "stdout", "" },
	{ "stderr", ".err" },
	{ "seq", ".seq" },
	{ "status", ".status" },
	{ "job", ".job" },
};

enum file { FILE_OUT, FILE_ERR, FILE_SEQ, FILE_STATUS, FILE_JOB };

/* How they take their place: the last one tells that all are there. */
static const enum file order[] = {
	FILE_ERR, FILE_SEQ, FILE_STATUS, FILE_OUT, FILE_JOB,
};

struct kept {
	struct place	 place;
	struct buf	 path;		/* the place's */
	struct buf	 folder;	/* it is made there */
	uint64_t	 sequence;
	int		 fds[2];
	uint64_t	 bytes[2];	/* that were written there */
	int		 error;		/* errno of the first write that failed, or 0 */
};

/* A file of a result in its place, in the buffer. */
static const char *
place_file(const struct place *place, enum file file, struct buf *path)
{
	path->length = 0;
	buf_addf(path, "%s%s%s", place->path, place->folder ? "/" : "",
	    place->folder ? files[file].name : files[file].ending);
	return buf_string(path);
}

/* The same while it is made. */
static const char *
kept_file(const struct kept *k, enum file file, struct buf *path)
{
	path->length = 0;
	buf_add(path, k->folder.data, k->folder.length);
	buf_addf(path, "/%s", files[file].name);
	return buf_string(path);
}

/* Makes all folders that the path is in: 0, or -1 and errno. */
static int
make_folders(int root, char *path)
{
	char *slash = path;
	int error;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		error = mkdirat(root, path, FOLDER_MODE) == -1 ? errno : 0;
		*slash = '/';
		if (error != 0 && error != EEXIST) {
			errno = error;
			return -1;
		}
	}
	return 0;
}

/* A folder beside the place, of that name of several. */
static void
kept_name(struct kept *k, int name)
{
	const char *path = buf_string(&k->path), *slash = strrchr(path, '/');

	k->folder.length = 0;
	if (slash != NULL)
		buf_add(&k->folder, path, (size_t)(slash - path) + 1);
	buf_addf(&k->folder, ".parmap.%ju", (uintmax_t)k->sequence);
	if (name > 0)
		buf_addf(&k->folder, ".%d", name);
}

/* Creates a file of it anew: its descriptor, or -1 and errno. */
static int
kept_create(const struct kept *k, enum file file)
{
	struct buf path = {0};
	int fd, error;

	fd = openat(k->place.root, kept_file(k, file, &path),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
	error = errno;
	buf_release(&path);
	errno = error;
	return fd;
}

/* Where a file system has no locks: a folder whose name no other process takes. */
static int
kept_unlocked(struct kept *k)
{
	kept_name(k, (int)getpid());
	if (mkdirat(k->place.root, buf_string(&k->folder), FOLDER_MODE) == -1 &&
	    errno != EEXIST)
		return -1;
	k->fds[FILE_OUT] = kept_create(k, FILE_OUT);
	return k->fds[FILE_OUT] != -1 ? 0 : -1;
}

/* Makes the folder and locks its stdout: 0, or -1 and errno. */
static int
kept_lock(struct kept *k)
{
	struct buf path = {0};
	int name = 0, again = 0, file;
	bool stale = false;

	while (name < NAMES_MOST && again < NAMES_MOST) {
		kept_name(k, name);
		stale = mkdirat(k->place.root, buf_string(&k->folder), FOLDER_MODE) == -1;
		if (stale && errno != EEXIST)
			break;
		k->fds[FILE_OUT] = flopenat(k->place.root, kept_file(k, FILE_OUT, &path),
		    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, FILE_MODE);
		if (k->fds[FILE_OUT] != -1)
			break;
		if (errno == ENOSYS || errno == ENOTSUP || errno == ENOLCK)
			return kept_unlocked(k);
		if (errno == EWOULDBLOCK)
			name++;
		else if (errno == ENOENT)
			again++;	/* it has just taken its place */
		else
			break;
	}
	/* What a killed run was about to say of it. */
	for (file = FILE_SEQ; stale && k->fds[FILE_OUT] != -1 && file <= FILE_JOB; file++)
		(void)unlinkat(k->place.root, kept_file(k, (enum file)file, &path), 0);
	buf_release(&path);
	return k->fds[FILE_OUT] != -1 ? 0 : -1;
}

static void
kept_free(struct kept *k)
{
	int i, error = errno;

	for (i = 0; i < 2; i++)
		if (k->fds[i] != -1)
			(void)close(k->fds[i]);
	buf_release(&k->path);
	buf_release(&k->folder);
	free(k);
	errno = error;
}

struct kept *
kept_new(const struct place *place, uint64_t sequence)
{
	struct kept *k = mem_array(1, sizeof *k);

	k->place = *place;
	k->sequence = sequence;
	k->fds[FILE_OUT] = k->fds[FILE_ERR] = -1;
	buf_add_string(&k->path, place->path);
	k->place.path = buf_string(&k->path);
	/* A template can give nothing. */
	if (k->path.length == 0) {
		kept_free(k);
		errno = ENOENT;
		return NULL;
	}
	if (make_folders(place->root, k->path.data) == -1 || kept_lock(k) == -1) {
		kept_free(k);
		return NULL;
	}
	k->fds[FILE_ERR] = kept_create(k, FILE_ERR);
	if (k->fds[FILE_ERR] != -1)
		return k;
	kept_drop(k);
	return NULL;
}

static int
write_all(int fd, const char *p, size_t length)
{
	ssize_t n;

	while (length > 0) {
		n = write(fd, p, length);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		length -= (size_t)n;
	}
	return 0;
}

void
kept_write(struct kept *k, enum stream stream, const void *data, size_t length)
{
	if (k->error == 0 && write_all(k->fds[stream], data, length) == -1)
		k->error = errno;
	k->bytes[stream] += length;
}

void
kept_rewind(struct kept *k)
{
	int i;

	k->error = 0;
	k->bytes[FILE_OUT] = k->bytes[FILE_ERR] = 0;
	for (i = 0; i < 2; i++)
		if (ftruncate(k->fds[i], 0) == -1 || lseek(k->fds[i], 0, SEEK_SET) == -1)
			k->error = errno;
}

/* Writes a small file of it. */
static int
kept_note(const struct kept *k, enum file file, const char *text, bool sync)
{
	int fd = kept_create(k, file), error = 0;

	if (fd == -1)
		return -1;
	if (write_all(fd, text, strlen(text)) == -1 || (sync && fsync(fd) == -1))
		error = errno;
	if (close(fd) == -1 && error == 0)
		error = errno;
	errno = error;
	return error == 0 ? 0 : -1;
}

/*
 * Some file systems tell only at a close what became of writes.  The descriptor stays
 * open, as it is what is locked.
 */
static int
kept_settle(int fd)
{
	int copy = dup(fd);

	return copy == -1 ? -1 : close(copy);
}

/* All files of it are there, and whole. */
static int
kept_complete(struct kept *k, int status, const char *note, bool sync)
{
	struct buf job = {0};
	char text[24];
	int i;

	(void)snprintf(text, sizeof text, "%ju", (uintmax_t)k->sequence);
	if (k->error == 0 && kept_note(k, FILE_SEQ, text, sync) == -1)
		k->error = errno;
	(void)snprintf(text, sizeof text, "%d\n", status);
	if (note != NULL)
		buf_addf(&job, SIZES "%s", (uintmax_t)k->bytes[FILE_OUT],
		    (uintmax_t)k->bytes[FILE_ERR], note);
	if (note != NULL && k->error == 0 &&
	    (kept_note(k, FILE_STATUS, text, sync) == -1 ||
	    kept_note(k, FILE_JOB, buf_string(&job), sync) == -1))
		k->error = errno;
	buf_release(&job);
	for (i = 0; i < 2; i++)
		if (k->error == 0 && ((sync && fsync(k->fds[i]) == -1) ||
		    kept_settle(k->fds[i]) == -1))
			k->error = errno;
	errno = k->error;
	return k->error == 0 ? 0 : -1;
}

/* Files of the old folder that are not of a result are put into the new one. */
static void
kept_move_others(struct kept *k)
{
	int old = openat(k->place.root, buf_string(&k->folder),
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int new = openat(k->place.root, k->place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = old != -1 && new != -1 ? fdopendir(old) : NULL;
	const struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)renameat(old, entry->d_name, new, entry->d_name);
	if (new != -1)
		(void)close(new);
	if (d != NULL)
		(void)closedir(d);
	else if (old != -1)
		(void)close(old);
}

/*
 * The folder takes the place of another one, so that one or the other is there at any
 * moment: 0, or -1 if that cannot be done here.
 */
static int
kept_exchange(struct kept *k)
{
	struct buf path = {0};
	int root = k->place.root;
	size_t i;

	if (renameat2(root, buf_string(&k->folder), root, k->place.path,
	    RENAME_EXCHANGE) == -1)
		return -1;
	for (i = 0; i < countof(files); i++)
		(void)unlinkat(root, kept_file(k, (enum file)i, &path), 0);
	buf_release(&path);
	if (unlinkat(root, buf_string(&k->folder), AT_REMOVEDIR) == 0)
		return 0;
	kept_move_others(k);
	(void)unlinkat(root, buf_string(&k->folder), AT_REMOVEDIR);
	return 0;
}

/* The folder takes its place, in which there may be another one: 0, or -1. */
static int
kept_move_folder(struct kept *k)
{
	int root = k->place.root;

	if (!k->place.folder)
		return -1;
	if (renameat(root, buf_string(&k->folder), root, k->place.path) == 0)
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST ? kept_exchange(k) : -1;
}

/* One file after the other takes its place. */
static int
kept_move_files(struct kept *k)
{
	struct buf from = {0}, to = {0};
	int root = k->place.root, moved = 0, error;
	size_t i;

	/* From here on, what was there is no result any more. */
	for (i = countof(order); i-- > 0; )
		(void)unlinkat(root, place_file(&k->place, order[i], &to), 0);
	if (k->place.folder)
		(void)mkdirat(root, k->place.path, FOLDER_MODE);
	for (i = 0; i < countof(order) && moved == 0; i++) {
		moved = renameat(root, kept_file(k, order[i], &from), root,
		    place_file(&k->place, order[i], &to));
		/* Without a note, not all were made. */
		if (moved == -1 && errno == ENOENT &&
		    faccessat(root, buf_string(&k->folder), F_OK, 0) == 0)
			moved = 0;
	}
	error = errno;
	if (moved == 0)
		(void)unlinkat(root, buf_string(&k->folder), AT_REMOVEDIR);
	buf_release(&from);
	buf_release(&to);
	errno = error;
	return moved;
}

/* The names in that folder are on the disk: 0, or -1 and errno. */
static int
folder_sync(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), done, error;

	if (fd == -1)
		return -1;
	done = fsync(fd);
	/* Some file systems have nothing to do there. */
	if (done == -1 && (errno == EINVAL || errno == ENOTSUP))
		done = 0;
	error = errno;
	(void)close(fd);
	errno = error;
	return done;
}

/* The names of the result, and that of its folder, are on the disk. */
static int
kept_sync_names(struct kept *k)
{
	char *path = k->path.data, *slash = strrchr(path, '/');

	if (k->place.folder && folder_sync(k->place.root, path) == -1)
		return -1;
	if (slash != NULL)
		*slash = '\0';
	return folder_sync(k->place.root, slash == NULL ? "." : slash == path ? "/" : path);
}

int
kept_commit(struct kept *k, int status, const char *note, bool sync)
{
	int done;

	if (kept_complete(k, status, note, sync) == -1 ||
	    (kept_move_folder(k) == -1 && kept_move_files(k) == -1)) {
		kept_drop(k);
		return -1;
	}
	done = sync ? kept_sync_names(k) : 0;
	kept_free(k);
	return done;
}

void
kept_drop(struct kept *k)
{
	struct buf path = {0};
	int error = errno;
	size_t i;

	for (i = 0; i < countof(files); i++)
		(void)unlinkat(k->place.root, kept_file(k, (enum file)i, &path), 0);
	(void)unlinkat(k->place.root, buf_string(&k->folder), AT_REMOVEDIR);
	buf_release(&path);
	errno = error;
	kept_free(k);
}

/* Opens a file of a result: its descriptor, or -1 and errno, which is 0 if there is none. */
static int
place_open(const struct place *place, enum file file)
{
	struct buf path = {0};
	int fd = openat(place->root, place_file(place, file, &path), O_RDONLY | O_CLOEXEC);
	int error = errno;

	buf_release(&path);
	errno = error != ENOENT && error != ENOTDIR ? error : 0;
	return fd;
}

/* All of the small file: 0, or -1 and errno as above. */
static int
read_note(const struct place *place, struct buf *note)
{
	int fd = place_open(place, FILE_JOB), error;
	char bytes[512];
	ssize_t n;

	if (fd == -1)
		return -1;
	note->length = 0;
	while ((n = read(fd, bytes, sizeof bytes)) > 0 || (n == -1 && errno == EINTR))
		buf_add(note, bytes, n > 0 ? (size_t)n : 0);
	error = errno;
	(void)close(fd);
	errno = error;
	return n == 0 ? 0 : -1;
}

/*
 * Are the files as long as the note says?  1, 0, or -1 and errno.  It loses the words about
 * that.
 */
static int
have_sizes(struct buf *note, const int fds[2])
{
	static const char word[] = "output";
	const char *p = buf_string(note);
	uintmax_t sizes[2];
	struct stat st;
	size_t words;
	int i;

	if (strncmp(p, word, strlen(word)) != 0)
		return 0;
	p += strlen(word);
	if (!num_next(&p, 10, &sizes[0]) || !num_next(&p, 10, &sizes[1]))
		return 0;
	words = (size_t)(p - note->data);
	words += words < note->length;
	for (i = 0; i < 2; i++) {
		if (fstat(fds[i], &st) == -1)
			return -1;
		if ((uintmax_t)st.st_size != sizes[i])
			return 0;
	}
	note->length -= words;
	(void)memmove(note->data, note->data + words, note->length);
	return 1;
}

int
results_open(const struct place *place, struct buf *note, int fds[2])
{
	int i, error, sizes = 0;

	fds[0] = fds[1] = -1;
	if (read_note(place, note) == 0)
		fds[0] = place_open(place, FILE_OUT);
	if (fds[0] != -1)
		fds[1] = place_open(place, FILE_ERR);
	if (fds[1] != -1 && (sizes = have_sizes(note, fds)) == 1)
		return 1;
	error = fds[1] != -1 && sizes == 0 ? 0 : errno;
	for (i = 0; i < 2; i++) {
		if (fds[i] != -1)
			(void)close(fds[i]);
		fds[i] = -1;
	}
	errno = error;
	return error == 0 ? 0 : -1;
}

bool
results_exist(const struct place *place)
{
	struct buf path = {0};
	struct stat st;
	bool exist;

	exist = fstatat(place->root, place_file(place, FILE_OUT, &path), &st, 0) == 0 &&
	    S_ISREG(st.st_mode);
	buf_release(&path);
	return exist;
}

/*
 * A value as the name of a folder, in which \ stands before what stands for a backslash,
 * a tab, a slash, or that the value is one of the names that each folder has.  GNU
 * parallel cuts what is too long for a name into several folders, too.
 */
static void
add_name(struct buf *path, const char *value, size_t length)
{
	static const char special[] = "\\\t/", letters[] = "\\t_";
	const char *found;
	size_t i, begin = path->length;

	if (length > 0 && strspn(value, ".") == length && length <= 2)
		buf_add_byte(path, '\\');
	for (i = 0; i < length; i++) {
		found = memchr(special, value[i], sizeof special - 1);
		if (path->length - begin + (found != NULL) >= NAME_MAX) {
			buf_add_byte(path, '/');
			begin = path->length;
		}
		if (found != NULL)
			buf_add_byte(path, '\\');
		buf_add_byte(path, found != NULL ? letters[found - special] : value[i]);
	}
}

/* Fields of a record in the order of their names, or as they are if they have none. */
static size_t *
sorted_fields(size_t width, const struct words *names)
{
	size_t *sorted = mem_array(width, sizeof *sorted), i, j;

	for (i = 0; i < width; i++) {
		for (j = i; j > 0 && i < names->count && strcmp(words_at(names,
		    sorted[j - 1], NULL), words_at(names, i, NULL)) > 0; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = i;
	}
	return sorted;
}

void
results_path(struct buf *path, const struct words *fields, size_t width,
    const struct words *names, const char *empty)
{
	size_t *sorted = sorted_fields(width, names), i, n, length;
	const char *text;

	for (i = 0; width != 0 && i < fields->count; i++) {
		n = sorted[i % width];
		if (i - i % width + n >= fields->count)
			continue;
		buf_add_byte(path, '/');
		if (n < names->count) {
			text = words_at(names, n, &length);
			add_name(path, text, length);
		} else
			buf_addf(path, "%zu", n + 1);
		buf_add_byte(path, '/');
		text = words_at(fields, i - i % width + n, &length);
		add_name(path, text, length);
		if (length == 0)
			buf_add_string(path, empty);
	}
	free(sorted);
}
