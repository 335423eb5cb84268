/* SPDX-License-Identifier: Apache-2.0 */
/* Service outage status (XEP-0455): where else the state of the service is told. Any loop. */
#pragma once

struct feature;

extern const struct feature feature_outage;
