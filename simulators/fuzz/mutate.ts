/** How a fuzzer makes the next input from the ones it has: small damage, lies about lengths, pieces of others, words of the format. */

/** A source of choices that is the same for the same seed: xorshift32. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** A whole number from 0 to below `below`. */
  below(below: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % Math.max(1, below);
  }

  /** One of several. */
  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }
}

/** Longest input that is tried; hostile sizes beyond it have tests of their own. */
export const INPUT_BYTES_MAX = 16_384;

/** What a mutation draws from. */
export interface MutationSources {
  readonly corpus: readonly Uint8Array[];
  /** Words of the format. */
  readonly words: readonly Uint8Array[];
}

type Mutation = (bytes: number[], chance: Chance, sources: MutationSources) => void;

const EDGES = [0, 1, 2, 0x17, 0x18, 0x7f, 0x80, 0xfe, 0xff];

/** Places where a list is cut and put together: never longer than the limit by more than one piece. */
const MUTATIONS: readonly Mutation[] = [
  (bytes, chance) => {
    const at = chance.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
  },
  (bytes, chance) => {
    bytes[chance.below(bytes.length)] = chance.below(256);
  },
  (bytes, chance) => {
    bytes[chance.below(bytes.length)] = chance.pick(EDGES) ?? 0;
  },
  (bytes, chance) => {
    const at = chance.below(bytes.length);
    bytes[at] = ((bytes[at] ?? 0) + chance.below(9) - 4) & 0xff;
  },
  (bytes, chance) => {
    bytes.splice(chance.below(bytes.length), 1 + chance.below(8));
  },
  (bytes, chance) => {
    bytes.splice(chance.below(bytes.length + 1), 0, chance.below(256));
  },
  (bytes, chance) => {
    const at = chance.below(bytes.length);
    const piece = bytes.slice(at, at + 1 + chance.below(16));
    bytes.splice(chance.below(bytes.length + 1), 0, ...piece);
  },
  (bytes, chance, { words }) => {
    const word = chance.pick(words);
    if (word !== undefined) bytes.splice(chance.below(bytes.length + 1), chance.below(word.length + 1), ...word);
  },
  (bytes, chance, { corpus }) => {
    const other = chance.pick(corpus) ?? new Uint8Array(0);
    bytes.splice(chance.below(bytes.length + 1), bytes.length, ...other.subarray(chance.below(other.length)));
  },
  (bytes, chance) => {
    bytes.length = chance.below(bytes.length + 1);
  },
];

const AT_ONCE_MAX = 6;

/** The next input, made from `from` by one to six mutations; at most {@link INPUT_BYTES_MAX} long. */
export function mutate(from: Uint8Array, chance: Chance, sources: MutationSources): Uint8Array {
  const bytes = Array.from(from);
  for (let times = 1 + chance.below(AT_ONCE_MAX); times > 0; times -= 1)
    chance.pick(MUTATIONS)?.(bytes, chance, sources);
  return Uint8Array.from(bytes.slice(0, INPUT_BYTES_MAX));
}
