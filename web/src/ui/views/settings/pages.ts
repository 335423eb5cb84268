// SPDX-License-Identifier: Apache-2.0
// The pages of the settings, by the word behind /settings/: one line each, loaded when they are shown.
import type { FunctionComponent } from "preact";
import type { IconName } from "../../kit/Icon.tsx";

export interface SettingsPage {
  name: string;
  group: "settings.me" | "settings.app";
  title: `settings.${"account" | "notifications" | "privacy" | "devices" | "look" | "keys" | "about"}`;
  icon: IconName;
  load: () => Promise<FunctionComponent>;
}

export const SETTINGS: SettingsPage[] = [
  { name: "account", group: "settings.me", title: "settings.account", icon: "person", load: async () => (await import("./Account.tsx")).Account },
  { name: "notifications", group: "settings.me", title: "settings.notifications", icon: "bell", load: async () => (await import("./Notifications.tsx")).Notifications },
  { name: "privacy", group: "settings.me", title: "settings.privacy", icon: "lock", load: async () => (await import("./Privacy.tsx")).Privacy },
  { name: "devices", group: "settings.me", title: "settings.devices", icon: "device", load: async () => (await import("./Devices.tsx")).Devices },
  { name: "look", group: "settings.app", title: "settings.look", icon: "palette", load: async () => (await import("./Look.tsx")).Look },
  { name: "keys", group: "settings.app", title: "settings.keys", icon: "keyboard", load: async () => (await import("./Keys.tsx")).Keys },
  { name: "about", group: "settings.app", title: "settings.about", icon: "info", load: async () => (await import("./About.tsx")).About },
];
