/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this floor share. On the entity's loop. */
#pragma once

#include "server/push/push.h"

/* ---- push.c: registrations ---- */

/* The push of e, made if need be. */
struct push *push_of(struct entity *e);

/* Writes the registration with what d writes. False: it is too large. */
bool push_line_save(struct dispatch *d, struct push_line *line);

/* What the user wants to hear of the conversation of e. */
enum push_level push_level_for(const struct push *p, const struct push_event *e);

/* ---- due.c: what waits ---- */

/* Whether the device of line has a session; is it awake? */
enum push_device { PUSH_AWAY, PUSH_ASLEEP, PUSH_AWAKE };
enum push_device push_device_of(const struct push_line *line, struct resource **ret_r);
bool push_is_of(const struct push_line *line, const struct resource *r);

void push_due_free(struct push_due **x);

/* All that waits is forgotten; push_line_arm comes behind it. */
void push_line_drop(struct push_line *line);

/* Puts back what could not be sent, unless something newer waits. */
void push_line_again(struct push_line *line, struct push_due *x);

/* Takes out what may go out now, oldest first: at most PUSH_DUE_MAX; the caller frees it. */
size_t push_line_take(struct push_line *line, struct push_due *ret_due[PUSH_DUE_MAX]);

/* Sets the timer, and keeps the entity in memory while something waits. */
void push_line_arm(struct push_line *line);

/* ---- send.c: notifications and their answers ---- */

/* Tells the device of what is due now. */
void push_line_send(struct push_line *line);

/* No answer has come. */
void push_line_on_patience(struct timer *t);
