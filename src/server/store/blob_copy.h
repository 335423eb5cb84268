/* SPDX-License-Identifier: Apache-2.0 */
/* Copying all blobs for a backup. Blocks: on the store's copier thread. */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* Copies the blobs of data_dir, and the parts, to the new folder to_dir/blobs; durable when it
 * returns OK. What is of one content is there once, too. What is deleted meanwhile may be missing.
 */
must_check enum err blob_copy_all(struct str data_dir, struct str to_dir);

/* Takes to_dir/blobs away again, whole or half-made. */
must_check enum err blob_copy_remove(struct str to_dir);
