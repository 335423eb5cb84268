// SPDX-License-Identifier: Apache-2.0
// QR codes (ISO/IEC 18004): bytes, correction level M, versions 1 to 15. Pure. No library: what links need of it is this much.

/** Codewords of correction in a block, then blocks and their data codewords, twice where there are longer ones. */
const BLOCKS: readonly (readonly number[])[] = [
  [10, 1, 16], [16, 1, 28], [26, 1, 44], [18, 2, 32], [24, 2, 43], [16, 4, 27], [18, 4, 31], [22, 2, 38, 2, 39], [22, 3, 36, 2, 37], [26, 4, 43, 1, 44],
  [30, 1, 50, 4, 51], [22, 6, 36, 2, 37], [22, 8, 37, 1, 38], [24, 4, 40, 5, 41], [24, 5, 41, 5, 42],
];
/** Middles of the small squares, beside the first at 6. */
const SQUARES: readonly (readonly number[])[] = [[], [18], [22], [26], [30], [34], [22, 38], [24, 42], [26, 46], [28, 50], [30, 54], [32, 58], [34, 62], [26, 46, 66], [26, 48, 70]];
const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0, (_x, y) => y % 2 === 0, (x) => x % 3 === 0, (x, y) => (x + y) % 3 === 0, (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0, (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

// ---- the field of 256 elements

const POWERS = new Uint8Array(512);
const LOGS = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  POWERS[i] = x;
  POWERS[i + 255] = x;
  LOGS[x] = i;
  x = (x << 1) ^ (x & 0x80 ? 0x11d : 0);
}
const at = (list: ArrayLike<number>, i: number): number => list[i] ?? 0;
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : at(POWERS, at(LOGS, a) + at(LOGS, b)));

function generator(degree: number): number[] {
  let poly = [1];
  for (let i = 0; i < degree; i++) poly = [...poly, 0].map((one, k) => one ^ (k > 0 ? times(at(poly, k - 1), at(POWERS, i)) : 0));
  return poly;
}

function correction(data: readonly number[], degree: number): number[] {
  const poly = generator(degree);
  const rest = [...data, ...Array.from({ length: degree }, () => 0)];
  for (let i = 0; i < data.length; i++) {
    const factor = at(rest, i);
    if (factor !== 0) poly.forEach((one, k) => (rest[i + k] = at(rest, i + k) ^ times(one, factor)));
  }
  return rest.slice(data.length);
}

// ---- codewords

const room = ([, count = 0, size = 0, more = 0, longer = 0]: readonly number[]): number => count * size + more * longer;
const lengthBits = (version: number): number => (version < 10 ? 8 : 16);

function dataWords(bytes: Uint8Array, version: number, size: number): number[] {
  const bits: number[] = [];
  const put = (value: number, n: number): void => {
    for (let i = n - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(4, 4);
  put(bytes.length, lengthBits(version));
  for (const one of bytes) put(one, 8);
  put(0, Math.min(4, size * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const words = Array.from({ length: bits.length / 8 }, (_, i) => bits.slice(i * 8, i * 8 + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  for (let i = 0; words.length < size; i++) words.push(i % 2 ? 0x11 : 0xec);
  return words;
}

/** Blocks in turns, then their corrections. */
function interleaved(words: readonly number[], [degree = 0, count = 0, size = 0, more = 0, longer = 0]: readonly number[]): number[] {
  const sizes = [...Array.from({ length: count }, () => size), ...Array.from({ length: more }, () => longer)];
  let from = 0;
  const blocks = sizes.map((one) => words.slice(from, (from += one)));
  const checks = blocks.map((one) => correction(one, degree));
  const turns = (lists: readonly number[][]): number[] => Array.from({ length: Math.max(...lists.map((one) => one.length)) }, (_, i) => lists.flatMap((one) => one.slice(i, i + 1))).flat();
  return [...turns(blocks), ...turns(checks)];
}

// ---- the picture

class Picture {
  readonly size: number;
  private readonly dark: Uint8Array;
  /** What is no data. */
  private readonly fixed: Uint8Array;

  constructor(version: number) {
    this.size = version * 4 + 17;
    this.dark = new Uint8Array(this.size ** 2);
    this.fixed = new Uint8Array(this.size ** 2);
    this.frame(version);
  }
  isDark = (x: number, y: number): boolean => this.dark[y * this.size + x] === 1;
  private fix(x: number, y: number, dark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.dark[y * this.size + x] = dark ? 1 : 0;
    this.fixed[y * this.size + x] = 1;
  }

  private frame(version: number): void {
    const end = this.size - 1;
    for (let i = 0; i < this.size; i++) {
      this.fix(6, i, i % 2 === 0);
      this.fix(i, 6, i % 2 === 0);
    }
    const square = (cx: number, cy: number, reach: number, light: readonly number[]): void => {
      for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) this.fix(cx + dx, cy + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
    };
    const middles = version === 1 ? [] : [6, ...(SQUARES[version - 1] ?? [])];
    for (const x of middles) for (const y of middles) if (!((x === 6 && y === 6) || (x === 6 && y === end - 6) || (x === end - 6 && y === 6))) square(x, y, 2, [1]);
    for (const [x, y] of [[3, 3], [end - 3, 3], [3, end - 3]] as const) square(x, y, 4, [2, 4]);
    this.format(0);
    if (version >= 7) this.version(version);
  }

  private version(version: number): void {
    let rest = version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const bits = (version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const [a, b, dark] = [this.size - 11 + (i % 3), Math.floor(i / 3), ((bits >> i) & 1) === 1];
      this.fix(a, b, dark);
      this.fix(b, a, dark);
    }
  }

  /** Which mask was taken; level M is 0. */
  format(mask: number): void {
    let rest = mask;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const bits = ((mask << 10) | rest) ^ 0x5412;
    const dark = (i: number): boolean => ((bits >> i) & 1) === 1;
    for (let i = 0; i < 15; i++) {
      // Down at the upper left square and to the left, and split between the two others.
      if (i < 8) this.fix(8, i < 6 ? i : i + 1, dark(i));
      else this.fix(i === 8 ? 7 : 14 - i, 8, dark(i));
      if (i < 8) this.fix(this.size - 1 - i, 8, dark(i));
      else this.fix(8, this.size - 15 + i, dark(i));
    }
    this.fix(8, this.size - 8, true);
  }

  /** Up and down in columns of two, from the lower right. */
  write(words: readonly number[]): void {
    let bit = 0;
    let isUp = false;
    for (let right = this.size - 1; right > 0; right -= right === 8 ? 3 : 2) { // 6 is the dotted line
      isUp = !isUp;
      for (let i = 0; i < this.size; i++) {
        const y = isUp ? this.size - 1 - i : i;
        for (const x of [right, right - 1]) {
          if (this.fixed[y * this.size + x]) continue;
          this.dark[y * this.size + x] = (at(words, bit >> 3) >> (7 - (bit & 7))) & 1;
          bit++;
        }
      }
    }
  }

  /** Twice is not at all. */
  mask(mask: number): void {
    const flips = MASKS[mask];
    for (let y = 0; y < this.size; y++) for (let x = 0; x < this.size; x++) if (!this.fixed[y * this.size + x] && flips?.(x, y)) this.dark[y * this.size + x] = this.isDark(x, y) ? 0 : 1;
  }

  /** How hard it is to read: runs, squares, what looks like a corner, too much of one colour. */
  get penalty(): number {
    const { size } = this;
    let sum = 0;
    let count = 0;
    for (let i = 0; i < size; i++) {
      let [row, column] = ["", ""];
      for (let k = 0; k < size; k++) {
        row += this.isDark(k, i) ? "1" : "0";
        column += this.isDark(i, k) ? "1" : "0";
        if (this.isDark(k, i)) count++;
        if (i > 0 && k > 0 && new Set([this.isDark(k, i), this.isDark(k - 1, i), this.isDark(k, i - 1), this.isDark(k - 1, i - 1)]).size === 1) sum += 3;
      }
      for (const line of [row, column]) {
        for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
        sum += 40 * [...line.matchAll(/(?=00001011101|10111010000)/g)].length;
      }
    }
    return sum + 10 * Math.floor(Math.abs((count * 20) / size ** 2 - 10));
  }
}

export interface Code {
  size: number;
  isDark(x: number, y: number): boolean;
}

/** The code of a text; undefined when it is too long. `mask`: this one instead of the best. */
export function encode(text: string, mask?: number): Code | undefined {
  const bytes = new TextEncoder().encode(text);
  const version = BLOCKS.findIndex((one, i) => room(one) * 8 >= 4 + lengthBits(i + 1) + bytes.length * 8) + 1;
  const blocks = BLOCKS[version - 1];
  if (!blocks) return undefined;
  const picture = new Picture(version);
  picture.write(interleaved(dataWords(bytes, version, room(blocks)), blocks));
  const take = (one: number): number => {
    picture.mask(one);
    picture.format(one);
    return picture.penalty;
  };
  let [best, least] = [mask ?? 0, Number.POSITIVE_INFINITY];
  for (const one of mask === undefined ? MASKS.keys() : []) {
    const penalty = take(one);
    picture.mask(one);
    if (penalty < least) [best, least] = [one, penalty];
  }
  take(best);
  return picture;
}
