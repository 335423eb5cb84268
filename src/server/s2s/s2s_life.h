/* SPDX-License-Identifier: Apache-2.0 */
/* Begin, reload and end of federation on one loop. On that loop, or before it runs. */
#pragma once

#include "server/s2s/s2s.h"

/* s: as the worker has filled it. */
void s2s_life_begin(struct s2s *s);

/* Takes a new tls (a count of each of it); open streams keep theirs. */
void s2s_life_reload(struct s2s *s, const struct s2s_tls *tls);

/* Others may be allowed now (s2s_policy_allows): streams of those that are not, and to them, end.
 */
void s2s_life_review(struct s2s *s);

/* From now on this one is asked about other domains; NULL: none. It is s's, the one before goes. */
void s2s_life_set_resolver(struct s2s *s, struct resolver *resolver);

/* Ends all streams with system-shutdown; the counts go to 0. */
void s2s_life_stop(struct s2s *s);
