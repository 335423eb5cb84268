/* SPDX-License-Identifier: Apache-2.0 */
/* What the payloads of a message say to a search: encryption, files, people. Any thread. */
#pragma once

#include "search/tokens.h"
#include "xml/tree.h"

enum {
	PAYLOAD_FILES_MAX = 16,    /* elements of files that are read */
	PAYLOAD_MENTIONS_MAX = 64, /* of one message */
	PAYLOAD_DEPTH_MAX = 8,     /* how deep a description of a file is looked for */
};

/* Whether what a person may read stands encrypted in it; a body beside it only says so. */
bool payload_is_encrypted(const struct xml *el, struct arena *a);

/* The address of the file that the body repeats (XEP-0066, XEP-0363); empty without one. */
struct str payload_file_url(const struct xml *el, struct arena *a);

/* Adds tokens for what is attached; names and descriptions go to text. */
void payload_files(const struct xml *el, struct sbuf *tokens,
		   void (*text)(void *arg, struct str text), void *arg, struct arena *a);

/* Adds a token where a message of the conversation is pinned, or is no longer. */
void payload_pins(const struct xml *el, struct sbuf *tokens);

/* Adds tokens for the sender, the thread, and those who are mentioned. */
void payload_people(const struct xml *el, struct sbuf *tokens, struct arena *a);
