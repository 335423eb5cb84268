/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking (XEP-0191), with reports of abuse (XEP-0377). On the entity's loop. */
#pragma once

struct feature;

extern const struct feature feature_blocking;
