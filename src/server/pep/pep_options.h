/* SPDX-License-Identifier: Apache-2.0 */
/* Options of subscriptions (XEP-0060 6.3, 6.4, 12.18): whether notifications are wanted, and until
 * when the subscription lasts. On the loop of the entity. */
#pragma once

#include "server/model/pep.h"
#include "server/route/dispatch.h"

/* For requests: <options/> of both types, and <default/>. */
enum verdict pep_on_options_get(struct dispatch *d, const struct xml *options);
enum verdict pep_on_options_set(struct dispatch *d, const struct xml *options);
enum verdict pep_on_subscribe_default(struct dispatch *d, const struct xml *el);

/* Reads the <options/> behind a <subscribe/> (6.3.7): *ret_options NULL where there are none, else
 * in d's arena. False: an error was answered. */
must_check bool pep_read_options(struct dispatch *d, const struct xml *subscribe,
				 struct pep_options **ret_options);

/* <x/> with all options, of that type ("form", "result"), into parent. */
void pep_write_options(struct dispatch *d, struct xml *parent, const struct pep_options *options,
		       struct str type);

/* The attribute "expiry" of a <subscription/>, where it ends some day. */
void pep_write_expiry(struct dispatch *d, struct xml *subscription,
		      const struct pep_options *options);
