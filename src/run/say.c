/*
 * say: what we say in our own name.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "output/sink.h"
#include "run/spawn.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/slot.h"
#include "run/state.h"

static void
engine_line(struct buf *line, const char *format, va_list ap)
{
	buf_addf(line, "%s: ", getprogname());
	buf_addfv(line, format, ap);
	buf_add_byte(line, '\n');
}

void
engine_say(struct engine *e, const char *format, ...)
{
	struct buf line = {0};
	va_list ap;

	va_start(ap, format);
	engine_line(&line, format, ap);
	va_end(ap);
	sink_notice(e->sink, line.data, line.length);
	buf_release(&line);
}

void
engine_cry(struct engine *e, const char *format, ...)
{
	struct buf line = {0};
	va_list ap;

	va_start(ap, format);
	engine_line(&line, format, ap);
	va_end(ap);
	sink_cry(e->sink, line.data, line.length);
	buf_release(&line);
}
