/* SPDX-License-Identifier: Apache-2.0 */
/* Character data as it stands in XML -> its value: references, CDATA sections, ends of lines, white
 * space of attributes (XML 1.0 2.4, 2.7, 2.11, 3.3.3, 4.1). A view of the input wherever nothing
 * changes. Any thread. */
#pragma once

#include "base/arena.h"
#include "xml/scan.h"

/* rest begins behind a tag. *ret_value is the character data up to the next tag (may be empty),
 * *ret_len its length as written: rest goes on with '<' there. NOT_WELL_FORMED, also when rest ends
 * before; RESTRICTED for an entity that XML does not predefine. */
must_check enum xml_fault xml_text_take(struct arena *a, struct str rest, struct str *ret_value,
					size_t *ret_len);

/* rest begins at the quote in front of an attribute's value. *ret_len counts both quotes. Faults as
 * above. */
must_check enum xml_fault xml_value_take(struct arena *a, struct str rest, struct str *ret_value,
					 size_t *ret_len);
