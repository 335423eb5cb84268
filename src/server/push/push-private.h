/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this floor share. On the entity's loop. */
#pragma once

#include "server/push/push.h"

/* ---- push.c: registrations ---- */

/* The push of e, made if need be. */
struct push *push_of(struct entity *e);

/* Writes the registration with what d writes. False: it is too large. */
bool push_line_save(struct dispatch *d, struct push_line *line);

/* Removes it, from the store too; line is freed. */
void push_line_remove(struct dispatch *d, struct push_line *line);

/* What the user wants to hear of the conversation of e. */
enum push_level push_level_for(const struct push *p, const struct push_event *e, bool is_web);

/* Keeps fresh (taken), in the place of an older one of the same key. False: it is too large. */
bool push_target_keep(struct dispatch *d, struct push_target *fresh);

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

/* ---- members.c: accounts without any registration ---- */

void push_note_none(struct home *h, struct str bare);
void push_note_some(struct home *h, struct str bare);

/* ---- send.c: notifications and their answers ---- */

/* Tells the device of what is due now. */
void push_line_send(struct push_line *line);

/* How a notification ended. */
struct push_outcome {
	struct push_line *line;
	struct str answer;      /* a word or two, for people */
	bool is_ok;             /* else it has failed: */
	bool is_final;          /* for good */
	bool is_gone;           /* there is no such registration any more, where it was */
	usec_t retry_after;     /* not before; 0: not said */
	struct push_due *again; /* what it was about; taken */
};

/* Writes down, disables or removes, waits, and tells again. */
void push_line_settle(struct dispatch *d, struct push_outcome *o);

/* No answer has come. */
void push_line_on_patience(struct timer *t);

/* What an app server has answered; strings are borrowed. */
struct push_answer {
	struct str from, id;
	bool is_error;
	enum condition condition;
	struct str type; /* of the error */
};

/* The part of a notification's id that names its line; empty: it is no such id. */
struct str push_id_token(struct str id);
struct push_answer push_answer_read(const struct dispatch *d);

/* Whether it was to a notification of the account of d. */
bool push_answer_take(struct dispatch *d, const struct push_answer *answer);

/* ---- at_room.c: registrations at rooms ---- */

/* Whether something was enabled at that room. */
bool push_has_room(const struct push *p, struct str room);

/* Publishes iq, which lacks only from, in the name of the room of line. */
void push_room_publish(struct push_line *line, const struct xml *iq);

/* An answer that came to a room: goes to the account that had asked. */
bool push_room_answer(struct dispatch *d);

/* ---- web.c: push services of the web ---- */

/* Sends each of them (count), which it takes. */
void push_web_send(struct push_line *line, struct push_due *const *due, size_t count);

/* The registration goes: answers that are under way are for nobody. */
void push_web_forget(struct push_line *line);
