/* SPDX-License-Identifier: Apache-2.0 */
/* Where the card of an account (XEP-0054) is in the store: one row, the text of <vCard/> as it
 * stands alone. */
#pragma once

#include "base/str.h"

#define VCARD_SPACE STR("vcard")
#define VCARD_KEY   STR("card")
