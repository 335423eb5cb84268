/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of the uploads' features. */
#include "server/upload/features.h"

#include "server/upload/banned.h"
#include "server/upload/slots.h"

const struct feature *const upload_features[] = {
	&upload_slots_feature,
	&upload_banned_feature,
	NULL,
};
