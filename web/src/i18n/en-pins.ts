// SPDX-License-Identifier: Apache-2.0
// The English sentences of pins, of messages that have not left, and of codes to scan; a part of en.ts.
export const pins = {
  "command.pins": "Show what is pinned",
  "log.pinned": "{name} pinned a message",
  "log.show": "Show",
  "message.pin": "Pin",
  "message.unpin": "Unpin",
  "pane.pins": "Pinned messages",
  "pins.by": "Pinned by {name}, {time}",
  "pins.count": { one: "1 pinned message", other: "{n} pinned messages" },
  "pins.full": "100 messages are pinned here. Unpin one first.",
  "pins.go": "Show in the conversation",
  "pins.mark": "Pinned",
  "pins.none": "Nothing is pinned here. What you pin stays at hand for everybody.",
  "pins.none-may": "Nothing is pinned here.",
  "room-settings.pins": "Who may pin messages",
  "room-settings.pins-members": "Members",
  "room-settings.pins-moderators": "Moderators",
  "room-settings.pins-participants": "Everybody who may write",
} as const;
