/**
 * A batch of cards on one reader: the reader stays open, cards are laid on it one after the other. A card that is taken away in the middle is asked for again, and is
 * finished when that very card comes back; another one in its place is not written to.
 */
import type { PresentedCard } from '../../../drivers/reader.js';
import type { BatchMaker, BatchRow } from '../../cards/batch.js';
import type { CardOrder } from '../../cards/order.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import type { Output } from '../shared/output.js';
import type { OpeningsOf } from './balances.js';
import { type Issuing, identityOf, makeCard } from './medium.js';
import { type CardInHand, openPlace, PASSING_FAULTS } from './place.js';

/** How a series is begun. */
export interface SeriesOptions {
  /** What `--reader` names. */
  readonly reader: string;
  /** How long to wait for each card. */
  readonly waitMs: number;
  /** Serials whose card an earlier run began and did not finish: only these are written over. */
  readonly begunBefore: ReadonlySet<number>;
  readonly on: Omit<Issuing, 'again' | 'openings'> & { readonly openings: OpeningsOf };
  /** Hears of each card that was made; what it rejects with fails the row. */
  readonly made: (order: CardOrder, card: Awaited<ReturnType<typeof makeCard>>) => Promise<void>;
}

/** How often one row is tried when its card is taken away or the reader fails. */
const TRIES_MAX = 5;

/** Opens the reader. Rejects as {@link openPlace}. */
export async function beginOnReader(
  options: SeriesOptions,
  output: Output,
): Promise<Pick<BatchMaker, 'present' | 'make'> & { close(): Promise<void> }> {
  const place = await openPlace(options.reader, options.waitMs);
  /** Identity of the card of the last row: it must go before the next row. */
  let last: string | null = null;
  let chosen: { readonly uid: string; readonly inHand: CardInHand } | null = null;

  /** The next card, other than `before`, whose identity `wanted` accepts. The others are looked at once. */
  const lookFor = async (
    wanted: (uid: string) => boolean,
    before: PresentedCard | null = null,
  ): Promise<{ uid: string; inHand: CardInHand }> => {
    let not = before;
    for (;;) {
      const inHand: CardInHand = await place.next(not);
      not = inHand.card;
      // A card that left before it was asked will come again.
      const uid = await identityOf(inHand.card).catch((error: unknown) => {
        if (isPassing(error)) return null;
        throw error;
      });
      if (uid !== null && wanted(uid)) return { uid, inHand };
    }
  };

  const makeOnce = async ({ order }: BatchRow, again: boolean, { inHand }: { readonly inHand: CardInHand }) => {
    if (!inHand.canWrite) throw new WaslError('ERR_READER_UNSUPPORTED', `${inHand.where} cannot write to cards`);
    const openings = options.on.openings(order, `card ${order.card}`);
    const made = await makeCard(inHand.card, order, { ...options.on, again, openings });
    await options.made(order, made);
    return made.leftOut;
  };

  return {
    present: async ({ order }) => {
      output.note(`Lay the card for ${order.card} on the reader.`);
      chosen = await lookFor((uid) => uid !== last).catch((error: unknown) => {
        throw isWaslError(error, 'ERR_CARD_TIMEOUT') && last !== null ? stillThere(error) : error;
      });
      return chosen.uid;
    },
    make: async (row) => {
      if (chosen === null) throw new WaslError('ERR_INTERNAL', 'no card was presented');
      const { uid } = chosen;
      last = uid;
      for (let tries = 1; ; tries += 1) {
        try {
          return await makeOnce(row, tries > 1 || options.begunBefore.has(row.order.card), chosen);
        } catch (error) {
          if (!isPassing(error) || tries === TRIES_MAX) throw error;
          output.note(`Card ${row.order.card} was not finished: leave it on the reader, or lay it down again.`);
          const card: PresentedCard = chosen.inHand.card;
          // A card that was lost is presented anew when it comes back; one that only failed is still this one.
          if (isWaslError(error, 'ERR_CARD_LOST') || !place.holds(card))
            chosen = await lookFor((found) => found === uid, card).catch(() => {
              throw error;
            });
        }
      }
    },
    close: () => place.close(),
  };
}

function isPassing(error: unknown): boolean {
  return PASSING_FAULTS.some((code) => isWaslError(error, code));
}

function stillThere(cause: WaslError): WaslError {
  return new WaslError(
    'ERR_CARD_CHANGED',
    'no other card came: take the last one away and lay the next one on the reader',
    { cause },
  );
}
