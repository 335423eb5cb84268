/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor between the commands and doctor/: gathers the facts on the loops, and has the exam run
 * on a thread of its own. On the first worker's loop. */
#pragma once

#include "server/admin/call.h"

struct bans;
struct certifier;
struct control_doctor;
struct worker;

/* first: the first worker, lives longer, and so does bans. data_dir: the same, and with a NUL.
 * ERR_BUSY: no thread. */
must_check enum err control_doctor_new(const struct worker *first, const struct bans *bans,
				       struct str data_dir, struct control_doctor **ret_doctor);

/* Has it tell how certificates are got; certifier lives as long as the loop runs. */
void control_doctor_use(struct control_doctor *c, const struct certifier *certifier);

/* Ends an exam that is under way, soon; its fn is not called any more. The loop does not run. */
void control_doctor_free(struct control_doctor **doctor);

/* For struct admin_config; owner is the struct control_doctor. fn is called once, later. ERR_BUSY:
 * an exam is under way. */
void control_doctor_examine(void *owner,
			    void (*fn)(void *arg, enum err e, const struct admin_finding *findings,
				       size_t count),
			    void *arg);

/* For struct admin_config, as above. */
void control_doctor_zone(void *owner, struct str address,
			 void (*fn)(void *arg, const struct str *lines, size_t count), void *arg);
