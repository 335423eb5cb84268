/* SPDX-License-Identifier: Apache-2.0 */
/* Text of one element -> tree, in place: names and values are views into the text wherever nothing
 * had to be unescaped. Strict: XML 1.0, Namespaces in XML 1.0, and RFC 6120 11: no DTD, comment,
 * processing instruction or entity but the five. Any thread. */
#pragma once

#include "xml/scan.h"
#include "xml/tree.h"

/* Prefixes that may be declared around one place, those of the stream included: what a look-up
 * costs is bounded by it. */
#define XML_PREFIXES_MAX 64

/* What is declared outside: the stream's opening tag. */
struct xml_scope {
	struct str default_ns; /* may be unset */
	struct {
		struct str prefix, ns;
	} prefixes[4];
	size_t prefix_count;
};

/* Parses exactly one element, behind which white space may stand; it counts as one below the stream
 * for limits->depth. The text and the scope must outlive the tree. XML_FAULT_NONE and *ret_x on
 * success. TOO_BIG also when the arena passed its limit. Refused beyond XML: names that only
 * XML 1.0's fifth edition allows (see name.def) and namespaces with characters that no URI has
 * (NAMESPACE), because other parsers would see another element, or end the stream. */
must_check enum xml_fault xml_parse(struct arena *a, struct str text, const struct xml_scope *scope,
				    const struct xml_limits *limits, struct xml **ret_x);

/* Parses the opening tag of a stream (with the XML declaration that may stand in front): *ret_x has
 * no children; *ret_scope is what it declares (copied into the arena). Declarations past the four
 * of the scope: XML_FAULT_TOO_BIG. */
must_check enum xml_fault xml_parse_open(struct arena *a, struct str text,
					 const struct xml_limits *limits, struct xml **ret_x,
					 struct xml_scope *ret_scope);
