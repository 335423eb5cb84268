/* SPDX-License-Identifier: Apache-2.0 */
/* The table of troubles, see s2s_trouble.h. */
#include "server/s2s/s2s_trouble.h"

static const struct {
	enum condition stanza, dialback;
	bool passes;
	struct str text;
} troubles[S2S_TROUBLES] = {
	[S2S_NO_TROUBLE] = { COND_REMOTE_SERVER_TIMEOUT, COND_REMOTE_SERVER_TIMEOUT, true,
			     STR_INIT("the server has closed the connection") },
	[S2S_NOT_FOUND] = { COND_REMOTE_SERVER_NOT_FOUND, COND_REMOTE_SERVER_NOT_FOUND, false,
			    STR_INIT("there is no server for this domain") },
	[S2S_UNREACHABLE] = { COND_REMOTE_SERVER_NOT_FOUND, COND_REMOTE_SERVER_NOT_FOUND, true,
			      STR_INIT("the server of this domain cannot be reached") },
	[S2S_TIMEOUT] = { COND_REMOTE_SERVER_TIMEOUT, COND_REMOTE_SERVER_TIMEOUT, true,
			  STR_INIT("the server of this domain does not answer") },
	[S2S_NO_TLS] = { COND_POLICY_VIOLATION, COND_POLICY_VIOLATION, false,
			 STR_INIT(
				 "no encrypted connection to the server of this domain is possible") },
	[S2S_CERTIFICATE] = { COND_POLICY_VIOLATION, COND_NOT_AUTHORIZED, false,
			      STR_INIT(
				      "the server of this domain cannot show that it is the one") },
	[S2S_BLOCKED] = { COND_POLICY_VIOLATION, COND_POLICY_VIOLATION, false,
			  STR_INIT("this server does not exchange messages with this domain") },
	[S2S_BAD_STREAM] = { COND_REMOTE_SERVER_TIMEOUT, COND_REMOTE_SERVER_TIMEOUT, false,
			     STR_INIT("the server of this domain does not speak as it should") },
	[S2S_UNKNOWN_HOST] = { COND_REMOTE_SERVER_NOT_FOUND, COND_REMOTE_SERVER_NOT_FOUND, false,
			       STR_INIT("the server of this domain does not know the domain") },
	[S2S_REFUSED] = { COND_REMOTE_SERVER_TIMEOUT, COND_REMOTE_SERVER_TIMEOUT, false,
			  STR_INIT("the server of this domain does not accept this server") },
	[S2S_INVALID] = { COND_INTERNAL_SERVER_ERROR, COND_REMOTE_SERVER_TIMEOUT, false,
			  STR_INIT("the server of this domain could not verify this server") },
	[S2S_TOO_MUCH] = { COND_RESOURCE_CONSTRAINT, COND_RESOURCE_CONSTRAINT, true,
			   STR_INIT("too much waits for the server of this domain") },
};

enum condition s2s_trouble_condition(enum s2s_trouble t)
{
	return troubles[t].stanza;
}

struct str s2s_trouble_text(enum s2s_trouble t)
{
	return troubles[t].text;
}

enum condition s2s_trouble_dialback(enum s2s_trouble t)
{
	return troubles[t].dialback;
}

bool s2s_trouble_passes(enum s2s_trouble t)
{
	return troubles[t].passes;
}
