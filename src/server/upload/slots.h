/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP File Upload (XEP-0363), the side of XMPP: a client asks the service for a slot, and gets
 * where to send the file and where others will find it. Beside it our own element, for uploads that
 * can be resumed (docs/uploads.md). On the loop of the service's entity. */
#pragma once

#include "server/route/feature.h"

extern const struct feature upload_slots_feature;
