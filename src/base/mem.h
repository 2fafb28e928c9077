/*
 * Memory that is there or ends the run: nobody checks for NULL.
 * What these give belongs to the caller, who frees it with free(3).
 */
#include <stddef.h>

void	*mem_alloc(size_t);			/* that many bytes, not cleared */
void	*mem_array(size_t, size_t);		/* count, size: cleared, overflow checked */
void	*mem_resize(void *, size_t, size_t);	/* old, count, size: may move */

/*
 * Call the function once before the program ends for want of memory, with that
 * status; 125 before this was called.
 */
void	 mem_on_failure(void (*)(void), int status);
