/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests that strangers cause may go: nowhere but to addresses of the public Internet (RFC
 * 6890 and its registries), so that nobody reaches through us what only we can reach. Any thread.
 */
#pragma once

#include "net/addr.h"

/* Whether to may be connected to: it is public, or among the exceptions. IPv4 inside of IPv6 (RFC
 * 4291 2.5.5.2, RFC 6052) is judged as IPv4. */
bool guard_allows(const struct addr *to, const struct addr_nets *exceptions);
