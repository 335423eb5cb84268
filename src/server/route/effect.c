/* SPDX-License-Identifier: Apache-2.0 */
/* What effects hold, see effect.h. */
#include "server/route/effect.h"

void effect_done(struct effect *effect)
{
	effect->bytes = bytes_unref(effect->bytes);
	effect->audience = audience_unref(effect->audience);
}
