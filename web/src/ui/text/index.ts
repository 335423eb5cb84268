// SPDX-License-Identifier: Apache-2.0
// Text of messages and of strangers.
export { cleanFileName, cleanLine, cleanText } from "./clean.ts";
export { CodeBlock } from "./CodeBlock.tsx";
export { emojiOnly, isEmoji } from "./emoji.ts";
export { findLinks, type Link } from "./links.ts";
export { type Block, parse, type Span } from "./parse.ts";
export { type Piece, pieces } from "./pieces.ts";
export { type Mentioned, Preview, summary, Text, type TextProps } from "./Text.tsx";
