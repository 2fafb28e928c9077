/*
 * template: the command as the user wrote it, {} standing for records.  It is
 * compiled once and expanded anew for each attempt at a job.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct template;
struct words;

/*
 * Words for execve(2).  A word that is {} becomes as many as the job has
 * records; within a longer word {} is the records joined with blanks.  Without
 * any {} the records come last.
 */
struct template	*template_words(char *const *, size_t);

/*
 * Words that are joined with blanks to one line for the shell, and run by
 * `shell -c`.  The records are quoted for where they stand.  NULL if there is a
 * place where that is impossible: *why says which.
 */
struct template	*template_line(const char *, char *const *, size_t, const char **);
void		 template_free(struct template *);

/* The words of the command for a job of those records, instead of what was there. */
void	template_expand(const struct template *, const struct words *, struct words *);

/*
 * What a job takes of what the kernel allows: that many records of so many bytes
 * in all make no word longer than *longest, and arguments that cost *total.
 */
void	template_measure(const struct template *, size_t count, size_t bytes,
	    size_t *longest, size_t *total);

/* Is the last word of the command a line for a shell? */
bool	template_is_line(const struct template *);
