/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads over HTTP: /file/<id>/<name> takes one PUT with the slot's token, and gives the file to
 * everybody who has the link; its sender may DELETE it. */
#pragma once

#include "server/http/route.h"
#include "server/upload/reply.h"

/* For struct http_server_config; their owner is a struct upload_web. */
extern const struct http_route upload_routes[];
extern const size_t upload_route_count;
