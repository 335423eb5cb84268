/* SPDX-License-Identifier: Apache-2.0 */
/* Framing: finds where the stream's opening tag, each stanza and the closing tag end, in any
 * fragmentation, and refuses what XMPP forbids (RFC 6120 11.1: comments, processing instructions,
 * DTDs). Keeps 12 bytes of state and no copy of anything. It checks no names and no namespaces:
 * xml/build does, on the whole stanza. The name in the stream's closing tag is not compared with
 * that of the opening one, and an opening tag that is empty (<stream:stream/>) is refused. Any
 * thread, one scanner in one at a time. */
#pragma once

#include "base/str.h"

enum xml_scan_event {
	XML_SCAN_MORE, /* all input used, nothing complete yet */
	XML_SCAN_OPEN, /* the opening tag of the stream (an XML declaration in front of it included)
			  is complete */
	XML_SCAN_STANZA, /* a child of the stream is complete */
	XML_SCAN_CLOSE,  /* the closing tag of the stream is complete */
	XML_SCAN_ERROR,  /* see err; nothing more may be fed */
};

enum xml_fault {
	XML_FAULT_NONE,
	XML_FAULT_NOT_WELL_FORMED, /* stream error not-well-formed */
	XML_FAULT_RESTRICTED,      /* restricted-xml */
	XML_FAULT_ENCODING,  /* unsupported-encoding: an XML declaration that names another one than
				UTF-8, or UTF-16 */
	XML_FAULT_NAMESPACE, /* prefix without declaration, forbidden declaration: not-well-formed;
				kept apart for bad-namespace-prefix */
	XML_FAULT_TOO_BIG,   /* a limit was passed: policy-violation */
};

struct xml_scan {
	uint32_t size;  /* bytes of the current stanza so far */
	uint16_t depth; /* open elements, the stream's included */
	uint8_t state;
	uint8_t fault; /* enum xml_fault */
	uint32_t aux;  /* of the state */
};

struct xml_limits {
	uint32_t stanza_bytes; /* one stanza or the opening tag */
	uint16_t depth;        /* elements inside one another, the stream's included */
	uint16_t attrs;        /* of one element; checked by xml_parse */
	uint16_t
		name_bytes; /* an element or attribute name with its prefix; checked by xml_parse */
	uint16_t children;  /* elements in one stanza; checked by xml_parse */
};

void xml_scan_init(struct xml_scan *s);

/* Looks at input. *ret_used: bytes it took. For OPEN and STANZA the unit ends exactly there; it
 * begins at the first byte that was not white space between stanzas. Such white space (keep-alives)
 * in front is reported by *ret_skipped: bytes at the beginning of the input that belong to no unit
 * (only when the scanner stood between units). For MORE the caller keeps what belongs to the unit.
 */
enum xml_scan_event xml_scan_feed(struct xml_scan *s, const struct xml_limits *limits,
				  struct str input, size_t *ret_used, size_t *ret_skipped);

/* Whether the scanner stands between units: nothing needs to be kept. */
bool xml_scan_is_idle(const struct xml_scan *s);
