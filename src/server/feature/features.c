/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of features: what is not here does not exist. */
#include "server/feature/features.h"

#include "server/feature/adhoc.h"
#include "server/feature/announce.h"
#include "server/feature/archive.h"
#include "server/feature/archive_prefs.h"
#include "server/feature/avatar.h"
#include "server/feature/banned.h"
#include "server/feature/block_nodes.h"
#include "server/feature/blocking.h"
#include "server/feature/bookmarks.h"
#include "server/feature/caps.h"
#include "server/feature/carbons.h"
#include "server/feature/care_commands.h"
#include "server/feature/clients.h"
#include "server/feature/contact.h"
#include "server/feature/count_commands.h"
#include "server/feature/delegation.h"
#include "server/feature/disco.h"
#include "server/feature/displayed.h"
#include "server/feature/end_commands.h"
#include "server/feature/file_command.h"
#include "server/feature/held.h"
#include "server/feature/history.h"
#include "server/feature/inbox.h"
#include "server/feature/invisible.h"
#include "server/feature/invite.h"
#include "server/feature/last_activity.h"
#include "server/feature/later.h"
#include "server/feature/legacy_session.h"
#include "server/feature/message.h"
#include "server/feature/moved.h"
#include "server/feature/nesting.h"
#include "server/feature/notices.h"
#include "server/feature/offline.h"
#include "server/feature/outage.h"
#include "server/feature/people.h"
#include "server/feature/pep.h"
#include "server/feature/ping.h"
#include "server/feature/presence.h"
#include "server/feature/private_data.h"
#include "server/feature/privilege.h"
#include "server/feature/push.h"
#include "server/feature/push_command.h"
#include "server/feature/quiet.h"
#include "server/feature/quiet_command.h"
#include "server/feature/register.h"
#include "server/feature/report_commands.h"
#include "server/feature/roster.h"
#include "server/feature/strangers.h"
#include "server/feature/subscription.h"
#include "server/feature/time.h"
#include "server/feature/user_commands.h"
#include "server/feature/vcard.h"
#include "server/feature/version.h"

/* One a line, so that those who add some do not meet. */
/* clang-format off */
const struct feature *const features[] = {
	&feature_banned,
	&feature_roster,
	&feature_held,
	&feature_blocking,
	&feature_block_nodes,
	&feature_strangers,
	&feature_quiet,
	&feature_quiet_command,
	&feature_subscription,
	&feature_presence,
	&feature_pep,
	&feature_avatar,
	&feature_bookmarks,
	&feature_displayed,
	&feature_archive,
	&feature_archive_prefs,
	&feature_history,
	&feature_inbox,
	&feature_carbons,
	&feature_message,
	&feature_offline,
	&feature_push,
	&feature_push_command,
	&feature_file_command,
	&feature_disco,
	&feature_caps,
	&feature_contact,
	&feature_outage,
	&feature_ping,
	&feature_version,
	&feature_time,
	&feature_last_activity,
	&feature_vcard,
	&feature_private_data,
	&feature_privilege,
	&feature_delegation,
	&feature_nesting,
	&feature_register,
	&feature_adhoc,
	&feature_invite,
	&feature_later,
	&feature_invisible,
	&feature_moved,
	&feature_people,
	&feature_user_commands,
	&feature_count_commands,
	&feature_care_commands,
	&feature_end_commands,
	&feature_report_commands,
	&feature_announce,
	&feature_notices,
	&feature_clients,
	&feature_legacy_session,
	NULL,
};
/* clang-format on */
