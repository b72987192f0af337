/** What is done to a world, and when: the whole script of a seed, made before anything runs, so that parts of it can be left out. */

import type { Stream } from '../world/random.js';
import { TEARS } from '../world/tears.js';
import { type TakeBackAction, takeBackDeed } from './take-back-action.js';

/** What the clerk does after the grant. */
export type TapEnding = 'handover' | 'leave' | 'linger' | 'take-back';

/** A tap, from the card that is laid down to the goods that are handed over. */
export interface TapAction {
  readonly kind: 'tap';
  readonly terminal: number;
  readonly card: number;
  /** Share of what is on offer; above 1 asks for too much. */
  readonly share: number;
  readonly ending: TapEnding;
  /** How long the clerk takes for each thing. */
  readonly paceMs: number;
  /** Pulls the card away so long after the confirmation; null: it stays. */
  readonly pullAfterMs: number | null;
  /** Cancels instead of confirming. */
  readonly cancel: boolean;
  /** Lays the card down again when the tap stays unresolved. */
  readonly retry: boolean;
}

/** Something that goes wrong with the power or the disk of a terminal, so many calls from now. */
export interface DiskAction {
  readonly kind: 'disk';
  readonly terminal: number;
  readonly fault: 'cut' | 'kill' | 'EIO' | 'ENOSPC';
  readonly afterCalls: number;
  /** Place in {@link TEARS}. */
  readonly tear: number;
  readonly downMs: number;
}

/** Something that goes wrong with a card, so many commands or writes from now. */
export interface CardAction {
  readonly kind: 'card';
  readonly card: number;
  readonly fault:
    | 'tear-old'
    | 'tear-new'
    | 'tear-mixed'
    | 'tear-weak'
    | 'field-loss'
    | 'disturbed'
    | 'worn'
    | 'power-cut';
  readonly after: number;
}

/** What a thief with a phone does to a card. */
export interface FraudAction {
  readonly kind: 'fraud';
  readonly card: number;
  readonly fraud: 'save' | 'old-image' | 'clone' | 'garble';
}

/** What the network, or an evil broker, does for a while. `target`: 0, 1, 2 a terminal, 3, 4 a worker, 5 everybody. */
export interface LinkAction {
  readonly kind: 'link';
  readonly fault:
    | 'drop'
    | 'duplicate'
    | 'delay'
    | 'throttle'
    | 'partition'
    | 'withhold'
    | 'replay'
    | 'alter-ack'
    | 'alter-batch'
    | 'forge-ack'
    | 'forge-batch'
    | 'misroute';
  readonly target: number;
  readonly rate: number;
  readonly forMs: number;
}

/** Keys that somebody presses whatever the screen shows. */
export const PRESSED_KEYS = ['confirm', 'cancel', 'handover', 'take-back', 'dismiss'] as const;

/** One of {@link PRESSED_KEYS}. */
export type PressedKey = (typeof PRESSED_KEYS)[number];

/** One thing that is done. */
export type Deed =
  | TapAction
  | TakeBackAction
  | DiskAction
  | CardAction
  | FraudAction
  | LinkAction
  | { readonly kind: 'press'; readonly terminal: number; readonly key: PressedKey }
  | { readonly kind: 'publish'; readonly change: 'hotlist' | 'policy' | 'keys' | 'terminals'; readonly card: number }
  | { readonly kind: 'bring'; readonly terminal: number; readonly how: 'all' | 'partial' | 'old' | 'forged' }
  | { readonly kind: 'reload'; readonly terminal: number }
  | {
      readonly kind: 'crash';
      readonly process: 'terminal' | 'worker' | 'settlement';
      readonly index: number;
      readonly downMs: number;
    }
  | { readonly kind: 'full'; readonly terminal: number; readonly forMs: number }
  | { readonly kind: 'rot'; readonly terminal: number; readonly what: 'segment' | 'checkpoint'; readonly place: number }
  | { readonly kind: 'image'; readonly terminal: number; readonly what: 'save' | 'restore' | 'fork' }
  | { readonly kind: 'broker'; readonly downMs: number }
  | { readonly kind: 'store'; readonly fault: 'fail' | 'lost-answer' | 'below-quorum'; readonly calls: number }
  | { readonly kind: 'backup' }
  | { readonly kind: 'restore'; readonly part: 'all' | 'part'; readonly place: number }
  | { readonly kind: 'clock'; readonly terminal: number; readonly jumpMs: number }
  | { readonly kind: 'drift'; readonly terminal: number; readonly drift: number }
  | { readonly kind: 'wait' };

/** A deed and how long to wait before it. */
export type Action = Deed & { readonly afterMs: number };

/** How much goes wrong: the expected number of faults per tap, and how evil anybody is. */
export interface FaultLevel {
  readonly name: string;
  readonly rate: number;
}

/** Named levels. */
export const FAULT_LEVELS: Readonly<Record<'none' | 'light' | 'heavy', FaultLevel>> = {
  none: { name: 'none', rate: 0 },
  light: { name: 'light', rate: 0.25 },
  heavy: { name: 'heavy', rate: 1 },
};

/** How large a world is. */
export interface WorldSize {
  readonly terminals: number;
  readonly cards: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The script of a world: taps and what else is usual, with faults in between. */
export function scriptOf(random: Stream, size: WorldSize, level: FaultLevel): readonly Action[] {
  const length = random.between(12, 36);
  const script: Action[] = [];
  while (script.length < length) {
    const faulty = random.chance(level.rate / (1 + level.rate));
    const drawn = faulty ? faultyDeed(random, size) : usualDeed(random, size);
    // A card that is pulled away too early is a fault, though nobody means any harm.
    const deed = level.rate === 0 && 'pullAfterMs' in drawn ? { ...drawn, pullAfterMs: null } : drawn;
    const before = preparationFor(deed);
    if (before !== null) script.splice(random.below(script.length + 1), 0, { ...before, afterMs: pauseMs(random) });
    script.push({ ...deed, afterMs: pauseMs(random) });
  }
  return script;
}

/** What has to be there for a deed to come to anything: nobody can put back what was never kept. */
function preparationFor(deed: Deed): Deed | null {
  if (deed.kind === 'fraud' && deed.fraud === 'old-image') return { ...deed, fraud: 'save' };
  if (deed.kind === 'image' && deed.what !== 'save') return { ...deed, what: 'save' };
  return deed.kind === 'restore' ? { kind: 'backup' } : null;
}

function pauseMs(random: Stream): number {
  return random.weighted<() => number>([
    [3, () => random.below(500)],
    [5, () => random.between(500, 20_000)],
    [3, () => random.between(20_000, 10 * MINUTE)],
    [1, () => random.between(HOUR, 7 * HOUR)],
    [1.2, () => random.between(8 * HOUR, 30 * HOUR)],
  ])();
}

/** A tap as clerks do it. */
export function tapDeed(random: Stream, size: WorldSize): TapAction {
  return {
    kind: 'tap',
    terminal: random.below(size.terminals),
    card: random.below(size.cards),
    share: random.chance(0.05) ? 1.5 : random.chance(0.5) ? random.fraction() * 0.5 : random.fraction(),
    ending: random.weighted<TapEnding>([
      [6, 'handover'],
      [2, 'leave'],
      [1, 'linger'],
      [2, 'take-back'],
    ]),
    paceMs: random.between(50, 4_000),
    pullAfterMs: random.chance(0.08) ? random.between(1, 700) : null,
    cancel: random.chance(0.05),
    retry: random.chance(0.6),
  };
}

function usualDeed(random: Stream, size: WorldSize): Deed {
  const terminal = random.below(size.terminals);
  const card = random.below(size.cards);
  return random.weighted<() => Deed>([
    [30, () => tapDeed(random, size)],
    [4, () => takeBackDeed(random, terminal)],
    [2, () => ({ kind: 'press', terminal, key: random.pick(PRESSED_KEYS) })],
    [
      2,
      () => ({
        kind: 'publish',
        change: random.pick(['hotlist', 'hotlist', 'policy', 'keys', 'terminals'] as const),
        card,
      }),
    ],
    [3, () => ({ kind: 'bring', terminal, how: 'all' })],
    [2, () => ({ kind: 'reload', terminal })],
    [1, () => ({ kind: 'backup' })],
    [1, () => ({ kind: 'image', terminal, what: 'save' })],
    [1, () => ({ kind: 'fraud', card, fraud: 'save' })],
    [2, () => ({ kind: 'wait' })],
  ])();
}

function faultyDeed(random: Stream, size: WorldSize): Deed {
  const terminal = random.below(size.terminals);
  const card = random.below(size.cards);
  const downMs = random.between(500, 10 * MINUTE);
  const index = random.below(2);
  return random.weighted<() => Deed>([
    [14, () => diskDeed(random, terminal, downMs)],
    [14, () => cardDeed(random, card)],
    [
      5,
      () => ({
        kind: 'fraud',
        card,
        fraud: random.pick(['old-image', 'old-image', 'clone', 'garble', 'save'] as const),
      }),
    ],
    [14, () => linkDeed(random)],
    [5, () => ({ kind: 'crash', process: 'terminal', index: terminal, downMs })],
    [3, () => ({ kind: 'crash', process: 'worker', index, downMs })],
    [2, () => ({ kind: 'crash', process: 'settlement', index: 0, downMs })],
    [2, () => ({ kind: 'full', terminal, forMs: random.between(MINUTE, HOUR) })],
    [
      3,
      () => ({
        kind: 'rot',
        terminal,
        what: random.pick(['segment', 'checkpoint'] as const),
        place: random.fraction(),
      }),
    ],
    [4, () => ({ kind: 'image', terminal, what: random.pick(['save', 'restore', 'restore', 'fork'] as const) })],
    [2, () => ({ kind: 'broker', downMs })],
    [
      5,
      () => ({
        kind: 'store',
        fault: random.pick(['fail', 'lost-answer', 'below-quorum'] as const),
        calls: random.between(1, 12),
      }),
    ],
    [1, () => ({ kind: 'backup' })],
    [2, () => ({ kind: 'restore', part: random.pick(['all', 'part'] as const), place: random.fraction() })],
    [4, () => ({ kind: 'clock', terminal, jumpMs: clockJumpMs(random) })],
    [2, () => ({ kind: 'drift', terminal, drift: (random.fraction() - 0.5) * 0.1 })],
    [3, () => ({ kind: 'bring', terminal, how: random.pick(['partial', 'old', 'forged'] as const) })],
  ])();
}

function diskDeed(random: Stream, terminal: number, downMs: number): DiskAction {
  const fault = random.weighted<DiskAction['fault']>([
    [5, 'cut'],
    [2, 'kill'],
    [1, 'EIO'],
    [2, 'ENOSPC'],
  ]);
  return { kind: 'disk', terminal, fault, afterCalls: random.below(14), tear: random.below(TEARS.length), downMs };
}

function cardDeed(random: Stream, card: number): CardAction {
  const fault = random.pick([
    'tear-old',
    'tear-new',
    'tear-mixed',
    'tear-weak',
    'field-loss',
    'disturbed',
    'worn',
    'power-cut',
  ] as const);
  // A slot of one commodity is 28 pages, written after some 10 commands that read.
  return {
    kind: 'card',
    card,
    fault,
    after: fault === 'field-loss' || fault === 'disturbed' ? random.below(60) : random.below(40),
  };
}

function linkDeed(random: Stream): LinkAction {
  const fault = random.pick([
    'drop',
    'duplicate',
    'delay',
    'throttle',
    'partition',
    'withhold',
    'replay',
    'alter-ack',
    'alter-batch',
    'forge-ack',
    'forge-batch',
    'misroute',
  ] as const);
  const forMs = random.chance(0.5) ? random.between(1_000, 5 * MINUTE) : random.between(5 * MINUTE, 3 * HOUR);
  return { kind: 'link', fault, target: random.below(6), rate: 0.1 + 0.9 * random.fraction(), forMs };
}

function clockJumpMs(random: Stream): number {
  const size = random.weighted<number>([
    [4, 5 * MINUTE],
    [4, 12 * HOUR],
    [2, 5 * 24 * HOUR],
    [0.2, 400 * 24 * HOUR],
  ]);
  return Math.floor((random.fraction() * 2 - 1) * size);
}
