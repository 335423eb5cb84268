/* SPDX-License-Identifier: Apache-2.0 */
/* The XML declaration that may stand in front of a stream (XML 1.0 2.8, RFC 6120 11.5). Any thread.
 */
#pragma once

#include "xml/scan.h"

/* Takes the declaration off the front of *text, if there is one. ENCODING if it names another
 * encoding than UTF-8, NOT_WELL_FORMED if it is not one of XML 1.0. */
must_check enum xml_fault xml_decl_take(struct str *text);
