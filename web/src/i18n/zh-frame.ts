// SPDX-License-Identifier: Apache-2.0
// The same in Chinese, in the order of en-frame.ts.
import type { Catalogue } from "./catalogue.ts";
import type { frame as english } from "./en-frame.ts";

export const frame: Pick<Catalogue, keyof typeof english> = {
  // catch-up
  "catch-up.title": "待看",
  // hints
  "hints.catch-up": "一次看完",
  "hints.catch-up-text": "粗体有新消息，实心标记在等你。“待看”把它们放在一处。",
  "hints.go": "去任何地方",
  "hints.go-text": "一个按键找到所有房间、人和命令，几个字母就够。",
  "hints.go-touch": "列表上方的输入框可找到任何房间、联系人和命令，输入几个字母即可。",
  "hints.keys": "Ctrl / 列出所有按键。帮助总在左下角。",
  "hints.lead": "记住三件事，就会用了。",
  "hints.quiet": "需要时保持安静",
  "hints.quiet-text": "把房间静音一小时、到明天或一直静音，在所有设备上生效。",
  "hints.quiet-touch": "长按列表中的房间，可静音一小时、到明天或一直静音。",
  "hints.sample-name": "小林",
  "hints.sample-room": "冬季时刻表",
  "hints.start": "开始",
  // notify
  "notify.all": "所有消息",
  "notify.mention": "提到我时",
  // renewal
  "refused.as-before": "“{name}”已恢复原状。",
  "renewal.later": "暂不",
  "renewal.other": "服务器的版本与此页面不同。",
  "renewal.reload": "重新加载",
  "renewal.taken": "Parley 已在另一个标签页中更新",
  "renewal.taken-text": "此标签页仍是旧版本，无法继续发送。你的草稿已保存。",
  "renewal.there": "有新版本可用。",
  // settings
  "settings.title": "设置",
  // switcher
  "switcher.find": "搜索或跳转",
  "switcher.write": "写给 {name}",
  // the quiet box
  "quiet.wait": { other: "{n} 位陌生人在静音信箱中等待" },
};
