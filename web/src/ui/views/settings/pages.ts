// SPDX-License-Identifier: Apache-2.0
// The pages of the settings, by the word behind /settings/: one line each, loaded when they are shown.
import type { ComponentType } from "preact";
import type { IconName } from "../../kit/Icon.tsx";
import { later } from "../../kit/later.tsx";

export interface SettingsPage {
  name: string;
  group: "settings.me" | "settings.app";
  title: `settings.${"account" | "notifications" | "privacy" | "devices" | "look" | "keys" | "about"}`;
  icon: IconName;
  View: ComponentType;
}

export const SETTINGS: SettingsPage[] = [
  { name: "account", group: "settings.me", title: "settings.account", icon: "person", View: later(async () => (await import("./Account.tsx")).Account) },
  { name: "notifications", group: "settings.me", title: "settings.notifications", icon: "bell", View: later(async () => (await import("./Notifications.tsx")).Notifications) },
  { name: "privacy", group: "settings.me", title: "settings.privacy", icon: "lock", View: later(async () => (await import("./Privacy.tsx")).Privacy) },
  { name: "devices", group: "settings.me", title: "settings.devices", icon: "device", View: later(async () => (await import("./Devices.tsx")).Devices) },
  { name: "look", group: "settings.app", title: "settings.look", icon: "palette", View: later(async () => (await import("./Look.tsx")).Look) },
  { name: "keys", group: "settings.app", title: "settings.keys", icon: "keyboard", View: later(async () => (await import("./Keys.tsx")).Keys) },
  { name: "about", group: "settings.app", title: "settings.about", icon: "info", View: later(async () => (await import("./About.tsx")).About) },
];
