/* SPDX-License-Identifier: Apache-2.0 */
/* Stream management (XEP-0198) of a stream that we open to another server, and its last step: the
 * stream goes on with the one before, or begins. Above s2s_out_life.c. */
#pragma once

#include "server/s2s/s2s_out_life.h"

/* We have logged in: asks for the stream before, if there is one. False: there is none. */
bool s2s_out_sm_resumes(struct s2s_out *o);

/* Stanzas may be sent from now on. */
void s2s_out_sm_open(struct s2s_out *o, bool is_resumed);

/* An element of urn:xmpp:sm:3. Gives what a stream event gives. */
bool s2s_out_sm(struct s2s_out *o, const struct xml *el);

/* Whether what was sent must be kept until on_ack. */
bool s2s_out_keeps(const struct s2s_out *o);
