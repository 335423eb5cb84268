/* SPDX-License-Identifier: Apache-2.0 */
/* What /metrics says: all metrics of base/metric, and the process's own (memory, CPU, descriptors).
 * Any thread. */
#pragma once

#include "base/sbuf.h"

enum { METRICS_MAX = 256 * 1024 /* bytes of the page */ };

/* Appends the Prometheus text form, version 0.0.4. Reads /proc/self; what it cannot read is left
 * out. ERR_TOO_BIG: out's limit. */
must_check enum err metrics_write(struct sbuf *out);
