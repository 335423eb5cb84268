/* SPDX-License-Identifier: Apache-2.0 */
/* Ad-hoc commands (XEP-0050): the protocol and its sessions; the commands are other features'. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_adhoc;
