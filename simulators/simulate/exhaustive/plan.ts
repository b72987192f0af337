/** What is to happen in one sitting of an exhaustive run. */
import type { Tear } from '../../world/inode.js';
import type { TornKind } from './card.js';
import type { Desk } from './world.js';

/** What becomes of one call to the disk. */
export interface DiskFault {
  /** Counted call of this sitting, from 0. */
  readonly call: number;
  readonly verdict: 'cut' | 'kill' | 'ENOSPC' | 'EIO';
  readonly tear: Tear;
}

/** The card leaves: in the middle of a page that it writes, or before a command. From 0, in this sitting. */
export type CardFault =
  | { readonly kind: 'torn'; readonly write: number; readonly bits: TornKind }
  | { readonly kind: 'removed'; readonly command: number };

/** What is done. */
export interface Sitting {
  readonly desk: Desk;
  readonly nowMs: number;
  readonly card: 'as it is' | 'old image' | 'garbled';
  readonly hotlisted: boolean;
  /** Loaves that the clerk asks for; `all` that are offered. */
  readonly ask: number | 'all';
  readonly diskFault: DiskFault | null;
  readonly cardFault: CardFault | null;
  /** When the card left: the power goes with it, the clerk dismisses the tap, or the card comes back at once. */
  readonly afterwards: 'power' | 'dismiss' | 'again';
}

/** A sitting without faults at which everything that is offered is taken. */
export function plainSitting(desk: Desk, nowMs: number): Sitting {
  const nothing = { diskFault: null, cardFault: null, afterwards: 'dismiss' } as const;
  return { desk, nowMs, card: 'as it is', hotlisted: false, ask: 'all', ...nothing };
}

/** One sitting in words, for a failure that is to be understood. */
export function describe(sitting: Sitting): string {
  const { diskFault, cardFault } = sitting;
  const words = [`desk ${sitting.desk}`];
  if (sitting.card !== 'as it is') words.push(`card: ${sitting.card}`);
  if (sitting.hotlisted) words.push('blocked');
  if (cardFault?.kind === 'torn') words.push(`torn at write ${cardFault.write} (${cardFault.bits})`);
  if (cardFault?.kind === 'removed') words.push(`removed before command ${cardFault.command}`);
  if (cardFault !== null) words.push(`then ${sitting.afterwards}`);
  if (diskFault !== null) words.push(`${diskFault.verdict} at disk call ${diskFault.call} (${diskFault.tear.name})`);
  return words.join(', ');
}
