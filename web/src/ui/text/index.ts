// SPDX-License-Identifier: Apache-2.0
// Text of messages and of strangers.
export { cleanFileName, cleanLine, cleanText } from "./clean.ts";
export { CodeBlock } from "./CodeBlock.tsx";
export { emojiOnly, isEmoji } from "./emoji.ts";
export { findLinks, type Link } from "./links.ts";
export { type Block, parse, type Span } from "./parse.ts";
export { type Piece, pieces } from "./pieces.ts";
export { summary } from "./summary.ts";
export { type Mentioned, Preview, Text, type TextProps } from "./Text.tsx";
