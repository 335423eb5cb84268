/* SPDX-License-Identifier: Apache-2.0 */
/* Names in XML: production NCName of Namespaces in XML 1.0 (Name without a colon), and QName. Any
 * thread. */
#pragma once

#include "base/str.h"

/* What an ASCII byte may be; for the inner loops of the floor. */
enum xml_class {
	XML_CLASS_START = 1,  /* begins a name; set for bytes of multi-byte characters too, which
				 name.def decides about */
	XML_CLASS_NAME = 2,   /* goes on in a name; only ASCII */
	XML_CLASS_SPACE = 4,  /* white space */
	XML_CLASS_TEXT = 8,   /* needs a look in text: & < > CR */
	XML_CLASS_VALUE = 16, /* needs a look in an attribute's value: & < ' " TAB LF CR */
	XML_CLASS_NO_URI =
		32, /* ASCII that stands in no URI (RFC 3986 2), not even as a delimiter */
};
extern const uint8_t xml_class[256];

static inline bool xml_class_has(char c, enum xml_class class)
{
	return xml_class[(unsigned char)c] & class;
}

/* End of the NCName that begins at p; p if there is none. [p, end) is UTF-8. */
const char *xml_name_end(const char *p, const char *end);

/* Takes a QName off the front of *s, whose bytes are UTF-8: prefix (empty if there is none) and
 * local part. False if there is none. */
bool xml_name_take(struct str *s, struct str *ret_prefix, struct str *ret_local);
