// SPDX-License-Identifier: Apache-2.0
// Finds an entry by its first letters while they are typed. Pure but for the clock.

const PAUSE = 700;

/** A finder: give it a letter, the entries and where one is; it says where to go, or -1. The same letter again goes on to the next one. */
export function typeAhead(now: () => number = () => performance.now()) {
  let typed = "";
  let last = -Infinity;
  return (letter: string, labels: readonly string[], at: number): number => {
    const time = now();
    const small = letter.toLocaleLowerCase();
    typed = time - last > PAUSE ? small : typed + small;
    last = time;
    const again = [...typed].every((one) => one === small);
    const wanted = again ? small : typed;
    const first = again ? at + 1 : Math.max(at, 0);
    for (let step = 0; step < labels.length; step++) {
      const place = (first + step) % labels.length;
      if (labels[place]?.trim().toLocaleLowerCase().startsWith(wanted)) return place;
    }
    return -1;
  };
}
