/* SPDX-License-Identifier: Apache-2.0 */
/* The files that an account has uploaded, by a command (XEP-0050): seen page by page, and deleted.
 */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_file_command;
