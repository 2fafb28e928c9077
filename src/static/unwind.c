/*
 * unwind: nobody here throws or cancels a thread, so what libc would call then is never
 * called, and with unwind.ld no program carries what reads and holds tables for it.
 */
#include <stdlib.h>

/* By the names that compilers call them. */
void	_Unwind_Resume(void *);
void	__gcc_personality_v0(void);

void
_Unwind_Resume(void *exception)
{
	(void)exception;
	abort();
}

void
__gcc_personality_v0(void)
{
	abort();
}
