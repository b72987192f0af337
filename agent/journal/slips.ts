/** What the journal has of slips, and of services to cards without a ledger: part of its port. */
import type { TakenItem } from '../domain/event.js';

/**
 * KEPT: the holder of a card without a ledger of the programme's family was served; recorded together with the redemption event. It counts for the quotas of the card at
 * this terminal, and its hand-over is asked for again after any cut. Ended, as far as that goes, by a `dispensed` step of its tap.
 */
export interface KeptStep {
  /** Random, 16 hex digits. */
  readonly tapId: string;
  readonly atMs: number;
  readonly card: number;
  readonly programme: number;
  readonly items: readonly TakenItem[];
}

/**
 * What happens to slips (`agent/domain/slip.ts`), recorded together with the event of the service that does it. `written`: the service with this tap wrote
 * one; its text is kept until it was handed over. `used`, `back`: units of one paper of a slip were used here, or given back.
 */
export type SlipStep =
  | { readonly step: 'written'; readonly tapId: string; readonly atMs: number; readonly text: string }
  | (SlipUse & {
      readonly step: 'used';
      /** Last day that the paper holds: until then its use is remembered. */
      readonly untilDay: number;
    })
  | (SlipUse & { readonly step: 'back' });

/** Units of a paper of a slip. */
export interface SlipUse {
  /** Id of the slip, 16 hex digits. */
  readonly slip: string;
  readonly commodity: number;
  readonly units: number;
  readonly atMs: number;
}

/** A service to a card without a ledger. */
export interface PlacedKept {
  readonly kept: KeptStep;
  /** Where its redemption event stands; the epoch is not remembered of one that was handed over before a restart. */
  readonly epoch: string;
  readonly seq: number;
  readonly isHandedOver: boolean;
}

/** What is remembered of slips, and of services to cards without a ledger. */
export interface SlipBook {
  /** Slips that were written here and not handed over, by the tap that wrote them. */
  readonly written: ReadonlyMap<string, Extract<SlipStep, { readonly step: 'written' }>>;
  /** Units that were used here of each paper, by `slipPaperKey`. */
  readonly used: ReadonlyMap<string, { readonly units: number; readonly untilDay: number }>;
  /** By tap. */
  readonly kept: ReadonlyMap<string, PlacedKept>;
}

/** One thing to record: a `kept` in one append with its redemption event, and no other. */
export type SlipJournalEntry =
  | { readonly kind: 'kept'; readonly kept: KeptStep }
  | { readonly kind: 'slip'; readonly slip: SlipStep };

/** Names one paper of one slip: what use is counted by. */
export function slipPaperKey(slip: string, commodity: number): string {
  return `${slip} ${commodity}`;
}
