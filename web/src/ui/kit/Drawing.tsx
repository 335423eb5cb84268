// SPDX-License-Identifier: Apache-2.0
// Small line drawings over what is empty. They say nothing that the words do not.
const STROKES = {
  talk: [
    "M20 18h44a10 10 0 0 1 10 10v16a10 10 0 0 1-10 10H40L28 64V54h-8A10 10 0 0 1 10 44V28a10 10 0 0 1 10-10Z", "M26 32h30M26 41h18",
    "M84 36h14a10 10 0 0 1 10 10v14a10 10 0 0 1-10 10h-4v9l-11-9H68a10 10 0 0 1-9-6",
  ],
} as const;

/** The first stroke is filled, the last one is dashed. */
export function Drawing({ name }: { name: keyof typeof STROKES }) {
  const [shape, ...rest] = STROKES[name];
  return (
    <svg class="art" viewBox="0 0 120 88" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={shape} class="art-fill" />
      {rest.map((stroke, i) => <path key={stroke} d={stroke} stroke-dasharray={i === rest.length - 1 ? "4 5" : undefined} />)}
    </svg>
  );
}
