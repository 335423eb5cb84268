/* SPDX-License-Identifier: Apache-2.0 */
/* Contact addresses of the server (XEP-0157 1.1.1). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_contact;
