/* SPDX-License-Identifier: Apache-2.0 */
/* Private XML storage (XEP-0049): what clients keep for themselves. On the entity's loop. */
#pragma once

struct feature;

extern const struct feature feature_private_data;
