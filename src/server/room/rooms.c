/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of the rooms' features. */
#include "server/room/rooms.h"

#include "server/room/about.h"
#include "server/room/admin.h"
#include "server/room/archive.h"
#include "server/room/banned.h"
#include "server/room/card.h"
#include "server/room/ending.h"
#include "server/room/enter.h"
#include "server/room/hat_commands.h"
#include "server/room/heard.h"
#include "server/room/mentions.h"
#include "server/room/moderate.h"
#include "server/room/owner.h"
#include "server/room/pins.h"
#include "server/room/push.h"
#include "server/room/register.h"
#include "server/room/relay.h"
#include "server/room/room.h"
#include "server/room/say.h"
#include "server/room/search.h"
#include "server/room/strangers.h"
#include "server/room/tokens.h"
#include "server/room/versions.h"
#include "server/room/voice.h"

const struct feature *const room_features[] = {
	&room_voice_feature,    &room_feature,          &room_enter_feature,
	&room_say_feature,      &room_admin_feature,    &room_owner_feature,
	&room_about_feature,    &room_relay_feature,    &room_archive_feature,
	&room_moderate_feature, &room_register_feature, &room_hats_feature,
	&room_versions_feature, &room_card_feature,     &room_ending_feature,
	&room_search_feature,   &room_tokens_feature,   &room_mentions_feature,
	&room_push_feature,     &room_banned_feature,   &room_strangers_feature,
	&room_heard_feature,    &room_pins_feature,     NULL,
};
