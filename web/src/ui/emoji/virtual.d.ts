// SPDX-License-Identifier: Apache-2.0
declare module "virtual:emoji/en" {
  const rows: [emoji: string, name: string, words: string, group: number, ...tones: string[]][];
  export default rows;
}
declare module "virtual:emoji/zh" {
  const rows: [emoji: string, name: string, words: string, group: number, ...tones: string[]][];
  export default rows;
}
