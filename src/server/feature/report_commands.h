/* SPDX-License-Identifier: Apache-2.0 */
/* Commands for administrators: the queue of reports of abuse (docs/moderation.md). */
#pragma once

struct feature;

extern const struct feature feature_report_commands;
