/**
 * A service to a card without a ledger of the family: there is nothing to be written but the journal, as for a person without a card.
 *
 *   decide → event + KEPT + slips (one frame, fsync) → green → hand-over → DISPENSED
 */
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { ChainedEvent, TakenItem, WaslEvent } from '../domain/event.js';
import type { JournalEntry } from '../journal/journal.js';
import { decide } from '../services/decide.js';
import type { ServiceGrant } from '../services/service.js';
import { namesKnownSites } from './claims.js';
import { detailsOf, trialEntries } from './commit.js';
import { seenEntries } from './endorse.js';
import type { OfferedCard, ServeableKeptCard, TapDeps } from './examine.js';
import { type RequestedService, type Served, serveCard } from './serve.js';
import { slipEntriesOf } from './slip-record.js';
import { UNKNOWN_DESK } from './snapshot.js';

/** What became of a request of the holder of a card without a ledger. */
export type KeptServed =
  | {
      readonly result: 'kept';
      readonly tapId: string;
      readonly items: readonly TakenItem[];
      readonly event: ChainedEvent;
      readonly atMs: number;
    }
  | { readonly result: 'refused'; readonly code: ErrorCode };

/** Serves the holder of a card, with a ledger or without. Never rejects. */
export function serveOffered(deps: TapDeps, card: OfferedCard, tap: RequestedService): Promise<Served | KeptServed> {
  return card.store === null ? serveKept(deps, card, tap) : serveCard(deps, card, tap);
}

async function serveKept(
  deps: TapDeps,
  card: ServeableKeptCard,
  { tapId, request }: Pick<RequestedService, 'tapId' | 'request'>,
): Promise<KeptServed> {
  const grant = decide(card.snapshot, request);
  if (grant.outcome === 'refuse') return { result: 'refused', code: grant.reason };
  if (!namesKnownSites(card.snapshot, request.papers ?? [], deps.desk ?? UNKNOWN_DESK))
    return { result: 'refused', code: 'ERR_PAPER_REQUEST' };
  // The operator may have taken minutes to choose, and a list may have come in meanwhile.
  if (deps.trust.isHotlisted(card.owner.card)) return { result: 'refused', code: 'ERR_CREDENTIAL_HOTLISTED' };
  // A payment follows the intent of its service, and there is none; nor is there a record that a purse could stand in.
  if (grant.paidFrom !== undefined || (deps.till !== undefined && grant.effects.charge.holder > 0))
    return { result: 'refused', code: 'ERR_PAYMENT_METHOD' };
  const atMs = deps.time.now().ms;
  try {
    if (grant.isTrial) {
      await deps.journal.append(trialEntries(deps, { card: card.owner.card, grant }, atMs));
      return { result: 'refused', code: 'ERR_PROGRAMME_TRIAL' };
    }
    const recorded = await deps.journal.append([
      ...seenEntries(deps, card.endorsed),
      ...keptEntries(deps, { card: card.owner.card, tapId, atMs, grant }),
    ]);
    const event = recorded.at(-1);
    if (event === undefined) return { result: 'refused', code: 'ERR_JOURNAL_IO' };
    return { result: 'kept', tapId, items: grant.items, event, atMs };
  } catch (error) {
    // Where the journal failed in the middle, the hand-over comes up after the restart if it was recorded.
    return { result: 'refused', code: codeOf(error) };
  }
}

function keptEntries(
  deps: TapDeps,
  by: { readonly card: number; readonly tapId: string; readonly atMs: number; readonly grant: ServiceGrant },
): JournalEntry[] {
  const { card, tapId, atMs, grant } = by;
  const { programme, items, versions, effects, exemption, supervisor, factor, representative, remindDays } = grant;
  const service = {
    ...{ effects, exemption, supervisor },
    ...(factor === undefined ? {} : { factor }),
    ...(representative === undefined ? {} : { representative }),
    ...(remindDays === null ? {} : { remindDays }),
  };
  const event: WaslEvent = {
    ...{ type: 'redemption', time: Math.floor(atMs / 1000), card, ledgerSequence: 0, programme, items, versions },
    operator: deps.operator(),
    ...detailsOf(service, tapId),
  };
  return [
    { kind: 'event', event },
    { kind: 'kept', kept: { tapId, atMs, card, programme, items } },
    ...slipEntriesOf(deps, { tapId, atMs, programme, subject: { card }, effects }),
  ];
}
