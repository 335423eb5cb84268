// SPDX-License-Identifier: Apache-2.0
// The English sentences of the frame that the first screen may say; a part of en.ts.
export const frame = {
  // catch-up
  "catch-up.title": "Catch up",
  // hints
  "hints.catch-up": "Catch up in one go",
  "hints.catch-up-text": "Bold has news. A filled badge waits for you. Catch up shows both in one place.",
  "hints.go": "Go anywhere",
  "hints.go-text": "One key finds every room, person and command. A few letters are enough.",
  "hints.go-touch": "The field above the list finds every room, person and command. A few letters are enough.",
  "hints.keys": "Ctrl / lists all keys. Help is always at the bottom left.",
  "hints.lead": "Three things, and you know your way around.",
  "hints.quiet": "Quiet when you want it",
  "hints.quiet-text": "Mute a room for an hour, until tomorrow, or for good, on all your devices.",
  "hints.quiet-touch": "Mute a room for an hour, until tomorrow, or for good: hold it in the list.",
  "hints.sample-name": "Oskar",
  "hints.sample-room": "Winter timetable",
  "hints.start": "Start",
  // notify
  "notify.all": "All messages",
  "notify.mention": "Where I am mentioned",
  // renewal
  "refused.as-before": "“{name}” is as it was before.",
  "renewal.later": "Not now",
  "renewal.other": "The server is of another version than this page.",
  "renewal.reload": "Reload",
  "renewal.taken": "Parley was renewed in another tab",
  "renewal.taken-text": "This tab is of the earlier version and can send nothing more. Your drafts are kept.",
  "renewal.there": "A new version is here.",
  // settings
  "settings.title": "Settings",
  // switcher
  "switcher.find": "Search or jump to",
  "switcher.write": "Write to {name}",
  // the quiet box
  "quiet.wait": { one: "1 stranger waits in the quiet box", other: "{n} strangers wait in the quiet box" },
} as const;
