// SPDX-License-Identifier: Apache-2.0
// The same in Chinese, in the order of en-people.ts.
import type { Catalogue } from "./catalogue.ts";
import type { people as english } from "./en-people.ts";

export const people: Pick<Catalogue, keyof typeof english> = {
  "people.add": "添加 {name}",
  "people.asked": "已请求",
  "people.asks": "想成为联系人",
  "people.blocked": "已屏蔽",
  "people.contacts": "联系人",
  "people.directory": "你的房间和本服务器",
  "people.invite": "用链接邀请",
  "people.invite-account": "一周内有效，限一人：可在此注册账号，并与你互为联系人。",
  "people.invite-contact": "一周内有效，限一位已有账号的人：之后你们互为联系人。",
  "people.invited": "链接已复制。",
  "people.none": "还没有联系人。搜索名字或输入地址。",
  "people.search": "名字或地址",
  "person.block": "屏蔽",
  "person.block-text": "你不会再收到此地址的消息，对方也看不到你是否在线。",
  "person.block-title": "屏蔽 {name}？",
  "person.blocked": "已屏蔽 {name}。",
  "person.clock": "对方当地时间 {time}",
  "person.more": "更多",
  "person.remove": "从联系人中移除",
  "person.removed": "{name} 已不是联系人。",
  "person.report": "屏蔽并举报",
  "person.rooms": "共同的房间",
  "person.rooms-more": { other: "等另外 {n} 个" },
  "person.state": "在线状态",
  "person.time": "当地时间",
  "person.unblock": "解除屏蔽",
};
