/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at a file through a map: a page that the disk does not give is SIGBUS. Between begin and
 * end such a page reads as zeros instead, and end says so. Only maps that are not writable are
 * guarded: anything else still ends the process. Each thread for itself. */
#pragma once

#include <stdbool.h>

/* Takes SIGBUS over, and lets it reach the calling thread. */
void map_guard_init(void);

void map_guard_begin(void);

/* False: what was read since begin is not what the file has. The map stays as it is until it is
 * unmapped. */
bool map_guard_end(void);
