// SPDX-License-Identifier: Apache-2.0
// Every sentence of the client in English. One line a key, keys in groups by view; {name} is filled in, a plural goes by {n}.
// Tone: a good colleague. Short main clauses, "you", sentence case, buttons are verbs, numbers instead of "some"; never "Oops", "invalid".
export const en = {
  // kit
  "kit.cancel": "Cancel",
  "kit.close": "Close",
  "kit.more-messages": { one: "1 more message", other: "{n} more messages" },
  "kit.notices": "Notices",
  "kit.skip": "Skip to the messages",
  "kit.undo": "Undo",
} as const;
