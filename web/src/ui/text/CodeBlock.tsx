// SPDX-License-Identifier: Apache-2.0
// A block of code: its language, a button that copies it, its own scrolling. The tints come when the tokenizer has been fetched; nothing moves then.
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { IconButton } from "../kit/IconButton.tsx";
import { toast } from "../kit/Toast.tsx";
import type { Token } from "./highlight.ts";

function useTokens(word: string, code: string): Token[] {
  const [tokens, setTokens] = useState<Token[]>();
  useEffect(() => {
    let here = true;
    setTokens(undefined);
    // Without the tokenizer the code is plain, which is no harm.
    if (word !== "") import("./highlight.ts").then(({ highlight }) => here && setTokens(highlight(word, code)), () => undefined);
    return () => {
      here = false;
    };
  }, [word, code]);
  return tokens ?? [{ text: code }];
}

async function copy(code: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(code);
    toast(t("text.copied"), { icon: "check" });
  } catch {
    toast(t("text.not-copied"), { icon: "warning" });
  }
}

/** Code with the word that stood behind its marks. */
export function CodeBlock({ word, code }: { word: string; code: string }) {
  return (
    <div class="code">
      <div class="code-head">
        <span dir="auto">{word}</span>
        <IconButton icon="copy" size="s" name={t("text.copy-code")} onClick={() => void copy(code)} />
      </div>
      <pre tabIndex={0}>
        <code>{useTokens(word, code).map((one, at) => (one.tint ? <span key={at} class={one.tint}>{one.text}</span> : one.text))}</code>
      </pre>
    </div>
  );
}
