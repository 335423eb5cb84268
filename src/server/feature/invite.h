/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations that people make with their clients (XEP-0401), and contacts who come with one
 * (XEP-0379). Accounts that come with one: session/register.c and the web pages. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_invite;
