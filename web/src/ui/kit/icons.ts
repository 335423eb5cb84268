// SPDX-License-Identifier: Apache-2.0
// The names in icons.svg; a test holds the two together.

/** What can be drawn. */
export type IconName =
  | "alert" | "arrow-down" | "arrow-left" | "arrow-right" | "arrow-up" | "at" | "attach" | "bell" | "bell-off" | "bell-ring" | "block"
  | "bold" | "bookmark" | "calendar" | "chat" | "check" | "chevron-down" | "chevron-left" | "chevron-right" | "chevron-up" | "clock"
  | "clock-later" | "close" | "code" | "contrast" | "copy" | "device" | "double-check" | "download" | "drive" | "edit" | "emoji"
  | "expand" | "external" | "eye" | "eye-off" | "file" | "file-text" | "filter" | "flag" | "folder" | "forward" | "gauge" | "globe"
  | "grid" | "grip" | "hand" | "hang-up" | "hash" | "headphones" | "help" | "history" | "home" | "image" | "inbox" | "info" | "italic"
  | "key" | "keyboard" | "link" | "list" | "lock" | "lock-open" | "login" | "logo" | "logout" | "mail" | "megaphone" | "menu" | "mic"
  | "mic-off" | "minus" | "mobile" | "moon" | "more" | "palette" | "pause" | "people" | "person" | "person-minus" | "person-plus"
  | "phone" | "pin" | "play" | "plus" | "poll" | "qr" | "quote" | "react" | "read-disc" | "refresh" | "reply" | "screen-share"
  | "screen-stop" | "search" | "send" | "server" | "settings" | "shield" | "shield-alert" | "shield-check" | "sidebar" | "sliders"
  | "sparkle" | "star" | "star-fill" | "strike" | "sun" | "task" | "thread" | "trash" | "upload" | "video" | "video-off" | "volume"
  | "warning" | "waveform" | "wifi-off";
