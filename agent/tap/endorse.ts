/**
 * Brings the endorsement on a card up to what the authority has decided, in the order that loses nothing, whatever is cut, whenever:
 *
 *   ENDORSING (fsync) → body pages → page with the check → read back → ENDORSED + event (fsync) → the card as it now is
 *
 * The credential is never touched. Until ENDORSED is recorded, each tap of the card here writes the whole endorsement again and then verifies:
 * a matching read is never trusted. A medium without room for one is served as if it stood there, for as long as the list has it.
 */
import type { CardSession } from '../../drivers/medium.js';
import { sameBytes } from '../credential/cbor.js';
import { credentialName, type Endorsement } from '../credential/endorsement.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf, WaslError } from '../domain/errors.js';
import type { DecisionVersions } from '../domain/event.js';
import type { Journal, JournalEntry, OpenEndorsement } from '../journal/journal.js';
import type { TimeSource } from '../trust/trust.js';
import {
  type EndorsedCard,
  type OpenDeps,
  type OpenedCard,
  type OpenOrder,
  openCard,
  verifyCard,
} from './open-card.js';

/** What it takes. */
export interface EndorseDeps extends OpenDeps {
  readonly journal: Journal;
  readonly time: TimeSource;
  /** Number of the operator; 0 where the site has no log-in. */
  operator(): number;
}

/** What is opened, and by which versions of the lists. */
export interface EndorseOrder extends OpenOrder {
  readonly versions: DecisionVersions;
}

/** How often an endorsement is written before the tap is refused, while the card stays on the reader. */
const WRITE_ATTEMPTS_MAX = 2;

/** A card with the newest endorsement that could be had, and what is still wrong. */
export interface CurrentCard extends OpenedCard {
  /** Written to the card at this tap; null for none. */
  readonly renewal: Endorsement | null;
  /** `ERR_ENDORSEMENT_OLDER` for a card that shows less than is known of it; else null. */
  readonly refusal: ErrorCode | null;
}

/** Opens a card, and writes the endorsement that waits for it. Rejects with what medium or journal reject with. */
export async function openCurrentCard(deps: EndorseDeps, order: EndorseOrder): Promise<CurrentCard> {
  const opened = await openCard(deps, order);
  const { endorsed } = opened;
  // Nothing is known of a card whose credential nobody signed.
  const known = endorsed === null ? null : knownOf(deps, endorsed);
  if (endorsed === null || known === null) return { ...opened, renewal: null, refusal: null };
  const shown = endorsed.endorsement?.number ?? 0;
  const isWiped = shown < known.seen && known.open === null;
  const mayWrite = !isWiped || order.programme.olderEndorsement !== 'refuse';
  const due = mayWrite ? dueFor(deps, order, { opened, shown, known }) : null;
  const current = due === null ? opened : await bringTo(deps, order, { opened, due, shown, known });
  const renewal = due !== null && current.session !== opened.session ? due.endorsement : null;
  const number = current.endorsed?.endorsement?.number ?? 0;
  return { ...current, renewal, refusal: number < known.number ? 'ERR_ENDORSEMENT_OLDER' : null };
}

/** What is recorded, together with the intent of a service, of an endorsement that was seen for the first time. */
export function seenEntries(deps: Pick<EndorseDeps, 'journal'>, endorsed: EndorsedCard | null): JournalEntry[] {
  if (endorsed === null || endorsed.endorsement === null || !endorsed.isOnCard) return [];
  const { card, payload, endorsement } = endorsed;
  const mark = { credential: credentialName(payload), number: endorsement.number };
  const known = deps.journal.state().endorsements.get(card);
  const isKnown = known !== undefined && sameBytes(known.credential, mark.credential) && known.number >= mark.number;
  return isKnown ? [] : [{ kind: 'endorsed', card, mark }];
}

/** What this terminal knows of the endorsements of a credential. */
interface Known {
  /** Name of the credential. */
  readonly credential: Uint8Array;
  /** Newest that was ever seen on the card here; 0 for none. */
  readonly seen: number;
  /** Newest that is known of: seen here, or in the list; 0 for none. */
  readonly number: number;
  /** One of ours whose write was not seen to its end. */
  readonly open: OpenEndorsement | null;
  /** What could be written, from whatever source; not verified. */
  readonly candidates: readonly Uint8Array[];
}

/** Null for a card of which nothing was ever decided: nearly all of them. */
function knownOf(deps: EndorseDeps, { card, payload }: EndorsedCard): Known | null {
  const { endorsements, endorsing } = deps.journal.state();
  const [mark, begun, listed] = [endorsements.get(card), endorsing.get(card), deps.trust.cardAction(card)];
  if (mark === undefined && begun === undefined && listed === null) return null;
  const credential = credentialName(payload);
  const isOf = <T extends { readonly credential: Uint8Array }>(of: T | null | undefined): of is T =>
    of !== null && of !== undefined && sameBytes(of.credential, credential);
  const seen = isOf(mark) ? mark.number : 0;
  const open = isOf(begun) ? begun : null;
  const action = isOf(listed) ? listed : null;
  const candidates = [action?.endorsement, open?.bytes].filter((bytes) => bytes !== undefined && bytes !== null);
  return { credential, seen, number: Math.max(seen, action?.number ?? 0), open, candidates };
}

/** An endorsement that the card is to have, as it reads once it is there. */
interface DueEndorsement {
  readonly bytes: Uint8Array;
  readonly endorsement: Endorsement;
  readonly applied: OpenedCard;
}

/** The newest that is to be written: newer than what the card shows, or the one of ours that was not seen to its end. */
function dueFor(
  deps: EndorseDeps,
  order: EndorseOrder,
  at: { readonly opened: OpenedCard; readonly shown: number; readonly known: Known },
): DueEndorsement | null {
  const { opened, shown, known } = at;
  let due: DueEndorsement | null = null;
  for (const bytes of known.candidates) {
    const applied = verifyCard(deps, order, { session: opened.session, endorsement: { state: 'bytes', bytes } });
    const endorsement = applied.endorsed?.endorsement ?? null;
    if (endorsement === null) continue;
    const isUnfinished = known.open !== null && sameBytes(known.open.bytes, bytes) && endorsement.number === shown;
    if (endorsement.number <= (due?.endorsement.number ?? 0)) continue;
    if (endorsement.number > shown || isUnfinished) due = { bytes, endorsement, applied };
  }
  return due;
}

/** The card with the endorsement on it; or, where there is no room for one or the reader cannot write, as if it were. */
async function bringTo(
  deps: EndorseDeps,
  order: EndorseOrder,
  at: { readonly opened: OpenedCard; readonly due: DueEndorsement; readonly shown: number; readonly known: Known },
): Promise<OpenedCard> {
  const { due, shown, known } = at;
  const { session } = due.applied;
  const endorsed = at.opened.endorsed;
  // Nothing is ever written to a card that would not be served with it: blocked, copied, or over for all that.
  if (session.writeEndorsement === undefined || endorsed === null || !due.applied.decoded.ok) return due.applied;
  const { card } = endorsed;
  const mark = { credential: known.credential, number: due.endorsement.number };
  const isBegun = known.open !== null && sameBytes(known.open.bytes, due.bytes);
  if (!isBegun)
    await deps.journal.append([
      { kind: 'endorsing', endorsing: { card, ...mark, atMs: deps.time.now().ms, bytes: due.bytes } },
    ]);
  const again = await writeAndReadBack(deps, order, { session, bytes: due.bytes });
  await deps.journal.append([
    {
      kind: 'event',
      event: {
        type: 'endorsed',
        time: Math.floor(deps.time.now().ms / 1000),
        card,
        number: mark.number,
        shown,
        // What our own write left unfinished nobody took off.
        known: known.open === null ? known.seen : Math.min(known.seen, shown),
        programme: order.programme.number,
        versions: order.versions,
        operator: deps.operator(),
      },
    },
    { kind: 'endorsed', card, mark },
  ]);
  return verifyCard(deps, order, { session: again, endorsement: again.endorsement });
}

/** The card, opened anew, with these bytes on it. Rejects with `ERR_CARD_WRITE` when it does not take them, and with what the medium rejects with. */
async function writeAndReadBack(
  deps: EndorseDeps,
  order: EndorseOrder,
  at: { readonly session: CardSession; readonly bytes: Uint8Array },
): Promise<CardSession> {
  let failure: unknown = new WaslError('ERR_CARD_WRITE');
  for (let attempt = 0; attempt < WRITE_ATTEMPTS_MAX; attempt += 1) {
    try {
      await at.session.writeEndorsement?.(at.bytes);
      const again = await deps.openMedium(order.card, { canWrite: order.canWrite });
      if (again.endorsement.state === 'bytes' && sameBytes(again.endorsement.bytes, at.bytes)) return again;
      failure = new WaslError('ERR_CARD_WRITE');
    } catch (error) {
      failure = error;
      if (codeOf(error) === 'ERR_CARD_LOST') break;
    }
  }
  throw failure;
}
