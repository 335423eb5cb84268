// SPDX-License-Identifier: Apache-2.0
// The ways to the dialogs of rooms, which come when they are asked for.
import type { Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { toast } from "../kit/Toast.tsx";

/** Opens the settings of a room; only its owners can save them. */
export function openRoomSettings(room: Jid): void {
  import("./RoomSettings.tsx").then(({ open }) => open(room), () => toast(t("kit.not-loaded"), { icon: "warning" }));
}
