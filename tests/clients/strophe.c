/* SPDX-License-Identifier: Apache-2.0 */
/* Two clients made with libstrophe in one loop: juliet waits, romeo writes, juliet answers. Prints
 * "OK what" for each step; ends with 0 when all was well. Run by with_strophe.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>
#include <time.h>

enum { DEADLINE_SECONDS = 20, TURN_MILLISECONDS = 20 };

struct actor {
	xmpp_conn_t *conn;
	struct actor *other;
	const char *says;
	const char *heard_text; /* what is printed when the other's words have come */
	int is_ready, has_heard, is_gone;
};

static void say(struct actor *actor)
{
	xmpp_ctx_t *ctx = xmpp_conn_get_context(actor->conn);
	xmpp_stanza_t *message =
		xmpp_message_new(ctx, "chat", xmpp_conn_get_bound_jid(actor->other->conn), "s1");

	xmpp_message_set_body(message, actor->says);
	xmpp_send(actor->conn, message);
	xmpp_stanza_release(message);
}

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
	struct actor *actor = data;
	char *body = xmpp_message_get_body(stanza);

	if (body && strcmp(body, actor->other->says) == 0) {
		printf("OK %s\n", actor->heard_text);
		actor->has_heard = 1;
		if (!actor->other->has_heard)
			say(actor);
	}
	if (body)
		xmpp_free(xmpp_conn_get_context(conn), body);
	return 1;
}

static void on_change(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
		      xmpp_stream_error_t *stream_error, void *data)
{
	struct actor *actor = data;
	xmpp_stanza_t *presence;

	if (event != XMPP_CONN_CONNECT) {
		if (error || stream_error)
			printf("the connection ended: %d %s\n", error,
			       stream_error && stream_error->text ? stream_error->text : "");
		actor->is_gone = 1;
		return;
	}
	if (!xmpp_conn_is_secured(conn)) {
		puts("the connection is not encrypted");
		return;
	}
	xmpp_handler_add(conn, on_message, NULL, "message", NULL, actor);
	presence = xmpp_presence_new(xmpp_conn_get_context(conn));
	xmpp_send(conn, presence);
	xmpp_stanza_release(presence);
	actor->is_ready = 1;
}

static int begin(struct actor *actor, xmpp_ctx_t *ctx, char **argv, const char *jid,
		 const char *password)
{
	long flags = XMPP_CONN_FLAG_TRUST_TLS;

	flags |= strcmp(argv[3], "direct") == 0 ? XMPP_CONN_FLAG_LEGACY_SSL
						: XMPP_CONN_FLAG_MANDATORY_TLS;
	actor->conn = xmpp_conn_new(ctx);
	xmpp_conn_set_flags(actor->conn, flags);
	xmpp_conn_set_jid(actor->conn, jid);
	xmpp_conn_set_pass(actor->conn, password);
	return xmpp_connect_client(actor->conn, argv[1], (unsigned short)strtoul(argv[2], NULL, 10),
				   on_change, actor);
}

static int play(struct actor *romeo, struct actor *juliet, xmpp_ctx_t *ctx)
{
	time_t end = time(NULL) + DEADLINE_SECONDS;
	int spoken = 0, leaving = 0;

	while (time(NULL) < end && !(romeo->is_gone && juliet->is_gone)) {
		xmpp_run_once(ctx, TURN_MILLISECONDS);
		if (!spoken && romeo->is_ready && juliet->is_ready) {
			puts("OK both have logged in");
			spoken = 1;
			say(romeo);
		}
		if (!leaving && romeo->has_heard && juliet->has_heard) {
			leaving = 1;
			xmpp_disconnect(romeo->conn);
			xmpp_disconnect(juliet->conn);
		}
		if (!leaving && (romeo->is_gone || juliet->is_gone))
			return 1;
	}
	return leaving && romeo->is_gone && juliet->is_gone ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct actor romeo = { .says = "But soft", .heard_text = "the answer has arrived" };
	struct actor juliet = { .says = "Ay me", .heard_text = "the message has arrived" };
	xmpp_ctx_t *ctx;
	int code = 1;

	if (argc != 8) {
		fprintf(stderr, "strophe HOST PORT direct|starttls JID PASSWORD JID PASSWORD\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	romeo.other = &juliet;
	juliet.other = &romeo;
	xmpp_initialize();
	ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_INFO));
	if (begin(&romeo, ctx, argv, argv[4], argv[5]) == XMPP_EOK &&
	    begin(&juliet, ctx, argv, argv[6], argv[7]) == XMPP_EOK)
		code = play(&romeo, &juliet, ctx);
	xmpp_conn_release(romeo.conn);
	if (juliet.conn)
		xmpp_conn_release(juliet.conn);
	xmpp_ctx_free(ctx);
	xmpp_shutdown();
	return code;
}
