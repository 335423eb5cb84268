// SPDX-License-Identifier: Apache-2.0
// Every sentence of the client in Chinese: the keys of en.ts, in their order.
import type { Catalogue } from "./catalogue.ts";

export const zh: Catalogue = {
  // kit
  "kit.cancel": "取消",
  "kit.close": "关闭",
  "kit.more-messages": { other: "还有 {n} 条消息" },
  "kit.notices": "通知",
  "kit.skip": "跳到消息",
  "kit.undo": "撤销",
};
