/* SPDX-License-Identifier: Apache-2.0 */
/* The page behind an invitation (XEP-0401 4.2): three steps from a link to an account, with the
 * form that makes it; and the page behind a password reset link. WCAG 2.2 AA, usable without
 * script, nothing loaded from another host. Any thread. */
#pragma once

#include "server/model/invite.h"

/* What the page tells; all texts are escaped. */
struct invite_page {
	struct str domain;
	const struct invite *invite;
	struct str uri;        /* xmpp:, for the client */
	struct str path;       /* of this page: where the form goes */
	struct str open_path;  /* where the web client takes the invitation; unset: there is none */
	struct str form_token; /* see join.c */
	struct str user_agent; /* of the browser: its platform stands first; may be unset */
	struct str name;       /* what was typed; may be unset */
	struct str fault;      /* why it could not be done; unset: the form is fresh */
};

/* Appends the page. ERR_TOO_BIG: out's limit, or too long a link for a QR code. */
must_check enum err invite_page_write(struct sbuf *out, const struct invite_page *page);

/* Appends the page after an account was made: jid is its address, contact (may be empty) who
 * invited, login_path where the web client logs in (unset: there is none). */
must_check enum err invite_page_write_done(struct sbuf *out, struct str domain, struct str jid,
					   struct str contact, struct str login_path);

/* Appends the form for a new password of jid; fault may be unset. */
must_check enum err reset_page_write(struct sbuf *out, struct str domain, struct str jid,
				     struct str path, struct str form_token, struct str fault);

/* Appends a page that says one thing and what to do. */
must_check enum err invite_page_write_note(struct sbuf *out, struct str domain, struct str headline,
					   struct str sentence);

/* Appends the value of Content-Security-Policy for these pages: like page_write_csp, with their one
 * script (by its hash) and forms that go to this host. */
enum err invite_page_write_csp(struct sbuf *out);
