// SPDX-License-Identifier: Apache-2.0
// The features of an account that are loaded behind the first screen, in the order in which they look at stanzas: what is taken by
// one is not seen by the next.
import type { FeatureMaker } from "./context.ts";
import { arrange } from "./sync/arrange.ts";
import { asks } from "./sync/asks.ts";
import { avatars } from "./sync/avatars.ts";
import { blocking } from "./sync/blocking.ts";
import { comings } from "./sync/comings.ts";
import { drafts } from "./sync/drafts.ts";
import { history } from "./sync/history.ts";
import { live } from "./sync/live.ts";
import { markers } from "./sync/markers.ts";
import { members } from "./sync/members.ts";
import { moderation } from "./sync/moderation.ts";
import { open } from "./sync/open.ts";
import { outbox } from "./sync/outbox.ts";
import { people } from "./sync/people.ts";
import { pins } from "./sync/pins.ts";
import { planned } from "./sync/planned.ts";
import { presence } from "./sync/presence.ts";
import { profile } from "./sync/profile.ts";
import { quiet } from "./sync/quiet.ts";
import { rooms } from "./sync/rooms.ts";
import { roomwords } from "./sync/roomwords.ts";
import { threads } from "./sync/threads.ts";
import { typing } from "./sync/typing.ts";
import { upload } from "./sync/upload.ts";

export const TABLE: FeatureMaker[] = [
  blocking, quiet, planned, avatars, rooms, people, presence, asks, history, pins, live, outbox, moderation, markers, typing, open, drafts, threads, roomwords,
  members, comings, profile, arrange, upload,
];
