/* SPDX-License-Identifier: Apache-2.0 */
/* Bookmarks of rooms (XEP-0402 1.2.0): items of a node of personal eventing. What clients of
 * XEP-0048 keep in private storage (XEP-0049) is another view of them: put together when it is
 * read, taken apart when it is written; and so is what they keep in one item of the node
 * storage:bookmarks (XEP-0411). */
#pragma once

#include "server/route/feature.h"

extern const struct feature feature_bookmarks;
