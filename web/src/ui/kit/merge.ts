// SPDX-License-Identifier: Apache-2.0
// Keeps a flood from being read out: up to three texts in five seconds pass, what comes then is counted and told once. Pure but for the clock.

const WINDOW = 5000;
const MOST = 3;

export interface Clock {
  now(): number;
  later(run: () => void, milliseconds: number): void;
}

const wall: Clock = { now: () => performance.now(), later: (run, milliseconds) => void setTimeout(run, milliseconds) };

/** A filter: give it texts; SAY gets those that pass, and COUNTED(n) for those that did not when the five seconds are over. */
export function merger(say: (text: string) => void, counted: (n: number) => string, clock: Clock = wall): (text: string) => void {
  let times: number[] = [];
  let held = 0;
  const tell = (): void => {
    if (held > 0) say(counted(held));
    held = 0;
    times = [clock.now()];
  };
  return (text) => {
    const now = clock.now();
    times = times.filter((time) => now - time < WINDOW);
    if (held === 0 && times.length < MOST) {
      times.push(now);
      say(text);
      return;
    }
    if (held === 0) clock.later(tell, WINDOW);
    held++;
  };
}
