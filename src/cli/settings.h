/*
 * settings: options that more than one dialect has, and what they do to a plan.
 * Each set_ function is for a row of options.h.
 */
#include <stddef.h>
#include <stdint.h>

struct cli;
struct plan;

/* What a plan is before there is an option: parmap's own defaults. */
void	settings_default(struct plan *);

void	set_null(struct cli *);
void	set_file(struct cli *);
void	set_delimiter(struct cli *);
void	set_max_records(struct cli *);
void	set_exact(struct cli *);
void	set_max_bytes(struct cli *);
void	set_end_word(struct cli *);
void	set_jobs(struct cli *);
void	set_order_input(struct cli *);
void	set_order_finish(struct cli *);
void	set_order_lines(struct cli *);
void	set_order_none(struct cli *);
void	set_buffer(struct cli *);
void	set_delay(struct cli *);
void	set_load(struct cli *);
void	set_nice(struct cli *);
void	set_job_limit(struct cli *);
void	set_run_limit(struct cli *);
void	set_kill_after(struct cli *);
void	set_signal(struct cli *);
void	set_columns(struct cli *);
void	set_header(struct cli *);
void	set_block(struct cli *);
void	set_trace(struct cli *);
void	set_ask(struct cli *);
void	set_open_tty(struct cli *);
void	set_dry_run(struct cli *);
void	set_nothing(struct cli *);
void	set_tag(struct cli *);
void	set_tag_string(struct cli *);
void	set_joblog(struct cli *);
void	set_results(struct cli *);
void	set_resume(struct cli *);
void	set_resume_failed(struct cli *);
void	set_retry_failed(struct cli *);
void	set_halt(struct cli *);
void	set_retries(struct cli *);
void	set_retry_delay(struct cli *);
void	set_slot_variable(struct cli *);
void	set_dialect(struct cli *) __attribute__((noreturn));
void	set_version(struct cli *) __attribute__((noreturn));

/* The option's value as a number from 1. */
size_t	settings_count(const struct cli *);

/* Stores the option's value as a duration, in nanoseconds. */
void	set_duration(struct cli *, int64_t *);

/* What of -C and --csv needs both. */
void	settings_columns(struct cli *);

/* What of --halt needs the rest. */
void	settings_halt(const struct plan *);

/*
 * What of --joblog and --resume needs both; and with --retry-failed the log has the
 * command and the input, so that nothing of these stays in the plan.
 */
void	settings_joblog(struct cli *);

/* Works out how many slots there are, once all else is in the plan. */
void	settings_slots(struct cli *);

/* Exits 0 after something was printed, if it has arrived. */
void	exit_printed(const struct cli *) __attribute__((noreturn));
