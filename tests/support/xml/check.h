/* SPDX-License-Identifier: Apache-2.0 */
/* The promises of the XML floor about any input, said once for the fuzzers and the unit tests. Each
 * gives NULL when they hold, otherwise which one broke. Needs HAVE_EXPAT. */
#pragma once

#include "support/xml/oracle.h"
#include "xml/write.h"

#define CHECK_ARENA_MAX (64 * MIB)
#define CHECK_TEXT_MAX  (4 * MIB)

/* Both ways of writing x, read by expat and by ourselves, give x again. */
static inline const char *check_written(struct arena *a, const struct xml *x)
{
	struct sbuf out scoped(sbuf_done) = SBUF(CHECK_TEXT_MAX);
	const struct xml_scope nothing = { .prefix_count = 0 };
	struct xml *again;

	if (xml_write(&out, x, oracle_scope.default_ns))
		return "what was parsed cannot be written";
	again = oracle_parse_unit(a, sbuf_str(&out));
	if (!again || !oracle_same(x, again))
		return "expat sees another tree in what was written";
	if (xml_parse(a, sbuf_str(&out), &oracle_scope, &oracle_limits, &again) ||
	    !oracle_same(x, again))
		return "what was written parses to another tree";
	sbuf_reset(&out);
	if (xml_write_alone(&out, x))
		return "what was parsed cannot be written alone";
	again = oracle_parse(a, sbuf_str(&out), NULL);
	if (!again || !oracle_same(x, again))
		return "expat sees another tree in what was written alone";
	if (xml_parse(a, sbuf_str(&out), &nothing, &oracle_limits, &again) ||
	    !oracle_same(x, again))
		return "what was written alone parses to another tree";
	return NULL;
}

/* expat and we accept the same stanzas, and see the same trees. *ret_accepted (or NULL): whether
 * this one was. */
static inline const char *check_unit(struct str text, bool *ret_accepted)
{
	struct arena a scoped(arena_done);
	struct xml *ours = NULL, *theirs, *copy;
	enum xml_fault fault;
	const char *broken;

	arena_init(&a, CHECK_ARENA_MAX);
	fault = xml_parse(&a, text, &oracle_scope, &oracle_limits, &ours);
	if (ret_accepted)
		*ret_accepted = fault == XML_FAULT_NONE;
	if (fault == XML_FAULT_TOO_BIG)
		return NULL;
	theirs = oracle_parse_unit(&a, text);
	if (fault)
		return theirs ? "refused what expat accepts" : NULL;
	if (!theirs)
		return "accepted what expat refuses";
	if (!oracle_same(ours, theirs))
		return "not the tree that expat sees";
	copy = xml_copy(&a, ours);
	if (!oracle_same(ours, copy))
		return "the copy differs";
	broken = check_written(&a, ours);
	return broken;
}

/* What a scanner said about a stream, up to a bounded count of units. */
struct check_events {
	size_t count;
	struct {
		enum xml_scan_event event;
		size_t begin, end;
	} units[64];
	enum xml_fault fault;
	bool is_idle; /* at the end */
};

/* Feeds the stream in pieces of step bytes (from a seed if step is 0). */
static inline void check_scan(struct str stream, size_t step, uint32_t seed,
			      struct check_events *ev)
{
	struct xml_scan s;
	size_t at = 0, begin = 0, end = 0;

	*ev = (struct check_events){ .count = 0 };
	xml_scan_init(&s);
	while (at < stream.len && ev->count < array_len(ev->units)) {
		enum xml_scan_event event;
		size_t used, skipped;

		if (at == end) {
			seed = seed * 1664525 + 1013904223;
			end += step ? step : 1 + (seed >> 24) % 19;
		}
		if (xml_scan_is_idle(&s))
			begin = at;
		event = xml_scan_feed(&s, &oracle_limits, str_sub(stream, at, end - at), &used,
				      &skipped);
		must(skipped <= used && used <= end - at);
		if (skipped)
			begin = at + skipped;
		at += used;
		if (event == XML_SCAN_ERROR)
			break;
		if (event == XML_SCAN_MORE)
			end = at;
		else
			ev->units[ev->count++] = (typeof(ev->units[0])){ event, begin, at };
	}
	ev->fault = (enum xml_fault)s.fault;
	ev->is_idle = xml_scan_is_idle(&s);
}

static inline bool check_same_events(const struct check_events *x, const struct check_events *y)
{
	if (x->count != y->count || x->fault != y->fault || x->is_idle != y->is_idle)
		return false;
	for (size_t i = 0; i < x->count; i++) {
		if (x->units[i].event != y->units[i].event ||
		    x->units[i].begin != y->units[i].begin || x->units[i].end != y->units[i].end)
			return false;
	}
	return true;
}

/* Builds the tree of the whole stream out of its units. NULL, and *ret_fault, if a unit is refused.
 */
static inline struct xml *check_build(struct arena *a, struct str stream,
				      const struct check_events *ev, enum xml_fault *ret_fault)
{
	struct xml *root = NULL, *x = NULL;
	struct xml_scope *scope = arena_new(a, struct xml_scope);

	*ret_fault = ev->fault;
	for (size_t i = 0; i < ev->count && !*ret_fault; i++) {
		struct str text =
			str_sub(stream, ev->units[i].begin, ev->units[i].end - ev->units[i].begin);

		if (ev->units[i].event == XML_SCAN_OPEN) {
			*ret_fault = xml_parse_open(a, text, &oracle_limits, &root, scope);
		} else if (ev->units[i].event == XML_SCAN_STANZA) {
			*ret_fault = xml_parse(a, text, scope, &oracle_limits, &x);
			if (!*ret_fault)
				xml_add(root, x);
		}
	}
	return *ret_fault ? NULL : root;
}

static inline void check_drop_texts(struct xml *root)
{
	struct xml *next;

	for (struct xml *x = root->first; x; x = next) {
		next = x->next;
		if (xml_is_text(x) && oracle_is_blank(x->text))
			xml_remove(x);
	}
}

static inline bool check_has_text(const struct xml *root)
{
	for (const struct xml *x = root->first; x; x = x->next) {
		if (xml_is_text(x))
			return true;
	}
	return false;
}

/* What expat accepts and we refuse in a stream, beyond what the oracle knows already. */
static inline bool check_is_stricter(struct str stream, const struct xml *theirs)
{
	return check_has_text(theirs) || /* text between stanzas (RFC 6120 4.4: no) */
	       !theirs->first ||         /* maybe <stream:stream/>, which cannot be a stream */
	       str_find(stream, STR("]]>")) >= 0 || /* maybe a CDATA section between stanzas */
	       str_find(stream, STR("&#")) >= 0 ||  /* white space between stanzas by reference */
	       str_starts(stream, STR("\xef\xbb\xbf")); /* RFC 6120 11.6: no byte order mark */
}

/* Fragments do not matter, and expat sees in the stream what we see. */
static inline const char *check_stream(struct str stream, uint32_t seed)
{
	struct arena a scoped(arena_done);
	struct check_events whole, bytes, pieces;
	struct xml *ours, *theirs;
	enum xml_fault fault;
	size_t at = 0;
	bool is_closed;

	arena_init(&a, CHECK_ARENA_MAX);
	check_scan(stream, stream.len + 1, 0, &whole);
	check_scan(stream, 1, 0, &bytes);
	check_scan(stream, 0, seed, &pieces);
	if (!check_same_events(&whole, &bytes) || !check_same_events(&whole, &pieces))
		return "the fragments changed what was found";
	if (whole.count == array_len(whole.units))
		return NULL;
	ours = check_build(&a, stream, &whole, &fault);
	if (fault == XML_FAULT_TOO_BIG || fault == XML_FAULT_ENCODING)
		return NULL;
	theirs = oracle_parse(&a, stream, &at);
	is_closed = whole.count && whole.units[whole.count - 1].event == XML_SCAN_CLOSE;
	if (theirs)
		check_drop_texts(theirs);
	if (fault)
		return theirs && !check_is_stricter(stream, theirs)
			       ? "refused a stream that expat accepts"
			       : NULL;
	if (!is_closed)
		return theirs ? "no end found in a stream that expat accepts" : NULL;
	/* The name in the closing tag is not compared: from there on expat may see what we do not.
	 */
	if (!theirs && at >= whole.units[whole.count - 1].begin && at != SIZE_MAX)
		return NULL;
	if (!theirs)
		return "accepted a stream that expat refuses";
	return oracle_same(ours, theirs) ? NULL : "not the stream that expat sees";
}
