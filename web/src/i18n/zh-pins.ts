// SPDX-License-Identifier: Apache-2.0
// The same in Chinese, in the order of en-pins.ts.
import type { Catalogue } from "./catalogue.ts";
import type { pins as english } from "./en-pins.ts";

export const pins: Pick<Catalogue, keyof typeof english> = {
  "codes.mine": "我的二维码",
  "codes.mine-text": "扫描后即可给你发消息。",
  "codes.of": "{text} 的二维码",
  "codes.room-text": "扫描后即可通过此链接进入房间。",
  "codes.show": "显示二维码",
  "codes.too-long": "内容太长，无法生成二维码。",
  "command.pins": "查看置顶消息",
  "log.pinned": "{name}置顶了一条消息",
  "log.show": "查看",
  "message.pin": "置顶",
  "message.unpin": "取消置顶",
  "pane.pins": "置顶消息",
  "pins.by": "由{name}置顶，{time}",
  "pins.count": { other: "{n} 条置顶消息" },
  "pins.full": "这里已有 100 条置顶消息，请先取消一条。",
  "pins.go": "在会话中查看",
  "pins.mark": "已置顶",
  "pins.none": "这里还没有置顶消息。置顶后，所有人都能随时找到它。",
  "pins.none-may": "这里还没有置顶消息。",
  "room-settings.pins": "谁可以置顶消息",
  "room-settings.pins-members": "成员",
  "room-settings.pins-moderators": "管理人员",
  "room-settings.pins-participants": "所有可发言的人",
  "send.gone": "消息已经发出。你可以为所有人撤回。",
  "send.held": "尚未发送",
  "send.off": "不等待",
  "send.seconds": { other: "{n} 秒" },
  "send.undo": "撤销发送",
  "send.undo-text": "消息在这段时间内留在本机，可以退回输入框而不被人看到。",
};
