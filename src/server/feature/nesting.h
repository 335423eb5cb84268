/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery of delegated namespaces (XEP-0355 7.2): what services say of them. */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_nesting;
