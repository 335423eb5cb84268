// SPDX-License-Identifier: Apache-2.0
declare module "ltx/src/parse.js" {
  export default function parse(text: string): unknown;
}
