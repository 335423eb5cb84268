// SPDX-License-Identifier: Apache-2.0
// How the client looks in this browser: theme, contrast, density, size of text, motion, language. Signals, remembered, put on <html>.
import { effect, type Signal, signal } from "@preact/signals";
import { bestLanguage, direction, language as spokenNow, LANGUAGES, speak, watchReads } from "../i18n/index.ts";
import { watchLetters } from "./kit/hotkeys.ts";
import { recall, remember, watchMemory } from "./kit/memory.ts";

export const THEMES = ["system", "light", "dark"] as const;
export const CONTRASTS = ["system", "normal", "more"] as const;
export const DENSITIES = ["cosy", "compact"] as const;
export const MOTIONS = ["system", "reduce"] as const;
export const TONGUES = ["system", ...(Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]), "ar-x-mirror"] as const;
export const SCALE = { least: 0.8, most: 2, step: 0.1 } as const;

const kept = new Map<string, () => void>();

function choice<V extends string>(name: string, values: readonly V[], first: V): Signal<V> {
  const read = (): V => values.find((one) => one === recall(name)) ?? first;
  const value = signal(read());
  kept.set(name, () => (value.value = read()));
  effect(() => remember(name, value.value === first ? undefined : value.value));
  return value;
}

export const theme = choice("theme", THEMES, "system");
export const contrast = choice("contrast", CONTRASTS, "system");
export const density = choice("density", DENSITIES, "cosy");
export const motion = choice("motion", MOTIONS, "system");
/** The language that was chosen; what is spoken may come a moment later. */
export const tongue = choice("language", TONGUES, "system");
/** Whether single letters are keys. */
export const letters = choice("letters", ["off", "on"] as const, "off");
const scaleText = choice("text-scale", Array.from({ length: 13 }, (_, n) => ((8 + n) / 10).toFixed(1)), "1.0");

/** Size of text: 0.8 to 2 in steps of 0.1. */
export const textScale = {
  get value(): number {
    return Number(scaleText.value);
  },
  set value(wanted: number) {
    scaleText.value = Math.max(SCALE.least, Math.min(SCALE.most, Number.isFinite(wanted) ? wanted : 1)).toFixed(1);
  },
};

/** Counts changes of language: every sentence that is shown hangs on it. */
const told = signal(0);
let wanted = "";

async function followTongue(): Promise<void> {
  const next = tongue.value === "system" ? bestLanguage(navigator.languages) : tongue.value;
  wanted = next;
  if (next !== spokenNow()) {
    // A catalogue that cannot be fetched leaves the language as it is; it is tried again at the next start.
    await speak(next, navigator.languages).catch(() => undefined);
    if (wanted !== next) return;
  } else await speak(next, navigator.languages);
  document.documentElement.lang = spokenNow() === "ar-x-mirror" ? "en" : spokenNow();
  document.documentElement.dir = direction();
  told.value++;
}

function put(name: string, value: string | undefined): void {
  if (value === undefined) document.documentElement.removeAttribute(name);
  else document.documentElement.setAttribute(name, value);
}

function colourBar(): void {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="theme-color"]') ?? document.head.appendChild(document.createElement("meta"));
  meta.name = "theme-color";
  meta.content = getComputedStyle(document.body).backgroundColor;
}

/** Puts everything on <html> and keeps it there; resolves when the first language is spoken. Call it once, before the first render. */
export function startLook(): Promise<void> {
  watchReads(() => void told.value, () => told.value++);
  watchLetters(() => letters.value === "on");
  watchMemory((name) => kept.get(name)?.());
  effect(() => {
    put("data-theme", theme.value === "system" ? undefined : theme.value);
    put("data-contrast", contrast.value === "system" ? undefined : contrast.value);
    put("data-density", density.value === "cosy" ? undefined : density.value);
    put("data-motion", motion.value === "system" ? undefined : motion.value);
    document.documentElement.style.setProperty("--text-scale", String(textScale.value));
    requestAnimationFrame(colourBar);
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colourBar);
  let first: Promise<void> | undefined;
  effect(() => {
    const done = followTongue();
    first ??= done;
  });
  return first ?? Promise.resolve();
}

/** Whether what moves should stand still: by choice, or because the system says so. */
export const isStill = (): boolean => motion.value === "reduce" || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
