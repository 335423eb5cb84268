/* SPDX-License-Identifier: Apache-2.0 */
/* In-band registration (XEP-0077 2.4) after login: a new password, and the end of the account. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_register;
