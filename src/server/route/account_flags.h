/* SPDX-License-Identifier: Apache-2.0 */
/* The switches of accounts (administrator, disabled) in the entities that are in memory: kept equal
 * to the store. */
#pragma once

#include "server/route/home.h"

struct account;

/* For accounts_watch; home: any of the homes. The entity of account, if it is in memory, has its
 * switches before anybody hears that they were changed. On the loop of the accounts. */
void account_flags_changed(void *home, const struct account *account);
