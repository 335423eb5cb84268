// SPDX-License-Identifier: Apache-2.0
// What this browser remembers of its own looks: small texts in localStorage. Where that is forbidden or full, nothing is remembered.

const PREFIX = "parley.";

/** What was remembered under NAME. */
export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers TEXT under NAME, or forgets it. */
export function remember(name: string, text: string | undefined): void {
  try {
    if (text === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    // Nothing depends on it.
  }
}

/** Calls CHANGED when another tab has remembered something else. */
export function watchMemory(changed: (name: string) => void): void {
  window.addEventListener("storage", (event) => {
    if (event.storageArea === localStorage && event.key?.startsWith(PREFIX)) changed(event.key.slice(PREFIX.length));
  });
}
