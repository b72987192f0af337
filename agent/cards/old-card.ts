/**
 * The card that is replaced, while it is in hand: what it came to, and its end. What is torn or not trusted is not read for its balances.
 *
 * A ledger is ended with two records that state what the newest one stated, one into each slot, each read back. Cut in between, the card is refused by every
 * terminal already, and the next attempt goes on: the ended record says all that is needed.
 */
import type { CardSession, LedgerStore, SlotIndex } from '../../drivers/medium.js';
import { cardKeyId } from '../credential/card-proof.js';
import { sameBytes } from '../credential/cbor.js';
import { decodeSign1 } from '../credential/cose.js';
import { decodeClaims } from '../credential/cwt.js';
import { decodeCredential } from '../credential/decode.js';
import { classifySlot, encodeSlot, type LedgerKey, type LedgerOwner, readSlotImage } from '../credential/ledger.js';
import type { Credential } from '../domain/credential.js';
import { WaslError } from '../domain/errors.js';
import type { IssuerKey, Signer, TerminalKey } from '../domain/keys.js';
import {
  familyName,
  isIssuerCause,
  type LedgerCause,
  type LedgerRecord,
  NOTHING_MORE,
  type Slot,
} from '../domain/ledger.js';
import { assessLedger } from '../tap/assess.js';
import type { CarriedLedger } from './replacement-book.js';

/** Whom the desk believes, as of when. */
export interface OldCardTrust {
  issuerKeys(keyId: Uint8Array): readonly IssuerKey[];
  terminalKeys(keyId: Uint8Array): readonly TerminalKey[];
  /** Seconds since 1970. */
  readonly now: number;
}

/** A ledger of the old card. */
export interface OldLedger {
  readonly store: LedgerStore;
  readonly carried: CarriedLedger;
  /** The newest record: the one that is carried on, or the one that ended the ledger. */
  readonly newest: { readonly record: LedgerRecord; readonly hash: Uint8Array };
  /** Records of its end that stand on it: 0, 1, or 2 when it is whole. */
  readonly ended: number;
}

/** A card that was read to be replaced. */
export interface OldCard {
  readonly credential: Credential;
  readonly owner: LedgerOwner;
  readonly ledgers: readonly OldLedger[];
  /** Whether a part of it was ended already. */
  readonly isEnded: boolean;
}

/** A terminal believes records up to a day beyond its own clock (`docs/formats/card.md`). */
const AHEAD_SECONDS = 86_400;

/**
 * Reads a card. `planned`: what an earlier attempt read, by family: a slot that it has torn is no doubt. Rejects with the code of the step at which the
 * credential stops, whatever its dates; `ERR_PROGRAMME_LEDGER_REQUIRED` for a medium without a ledger; and with what is wrong with a ledger.
 */
export async function readOldCard(
  session: CardSession,
  trust: OldCardTrust,
  planned: readonly CarriedLedger[] = [],
): Promise<OldCard> {
  const credential = credentialOn(session, trust);
  const { entitlements, cardKey } = credential;
  const uid = entitlements.uid ?? (cardKey === undefined ? new Uint8Array(0) : cardKeyId(cardKey));
  const owner = { uid, card: entitlements.card };
  if (session.ledgers.length === 0)
    throw new WaslError(
      'ERR_PROGRAMME_LEDGER_REQUIRED',
      'this medium keeps no balances: issue a new card, and block this one',
    );
  const ledgers: OldLedger[] = [];
  for (const store of session.ledgers) {
    const before = planned.find(({ family }) => family === store.family);
    ledgers.push(await readLedger(store, { owner, trust, closing: before?.closing ?? null }));
  }
  return { credential, owner, ledgers, isEnded: ledgers.some(({ ended }) => ended > 0) };
}

/** The credential, whatever its dates: an expired card is what is replaced. */
function credentialOn({ credential, layout, uid }: CardSession, trust: OldCardTrust): Credential {
  const context = {
    issuerKeys: (keyId: Uint8Array) => trust.issuerKeys(keyId),
    ...{ isHotlisted: () => false, programme: null, medium: { layout, uid } },
  };
  const sign1 = credential.form === 'bytes' ? decodeSign1(credential.bytes) : null;
  const claims = sign1?.ok === true ? decodeClaims(sign1.sign1.payload) : null;
  const validAt = claims?.ok === true ? (claims.claims.notBefore ?? claims.claims.issuedAt) : trust.now;
  const now = claims?.ok === true && trust.now >= claims.claims.expiresAt ? validAt : Math.max(validAt, trust.now);
  const read = decodeCredential(credential, { ...context, now });
  if (read.ok) return read.credential;
  throw new WaslError(read.code, `the card cannot be read: its credential stops at step ${read.step}`);
}

async function readLedger(
  store: LedgerStore,
  of: { readonly owner: LedgerOwner; readonly trust: OldCardTrust; readonly closing: number | null },
): Promise<OldLedger> {
  const { owner, trust, closing } = of;
  const keys = (keyId: Uint8Array, cause: LedgerCause): readonly LedgerKey[] =>
    isIssuerCause(cause) ? trust.issuerKeys(keyId) : trust.terminalKeys(keyId);
  const { family } = store;
  const [a, b] = await store.readSlots();
  const judge = (bytes: Uint8Array, index: SlotIndex): Slot =>
    classifySlot(bytes, { owner, family, index, keys, latest: trust.now + AHEAD_SECONDS });
  const slots = [judge(a, 0), judge(b, 1)] as const;
  const standing = slots.flatMap((slot) => (slot.state === 'valid' ? [slot] : []));
  const ends = standing.filter(({ record }) => record.cause === 'ended').sort(bySequence);
  const [first] = ends;
  const last = ends.at(-1);
  if (first !== undefined && last !== undefined)
    return { store, newest: last, ended: ends.length, carried: carriedOf(last.record, first.record.sequence - 1) };
  const [newest] = [...standing].sort(bySequence).reverse();
  const isTornByUs = newest !== undefined && newest.record.sequence === closing;
  const verdict = assessLedger({ slots, mark: null, intents: [] });
  const doubt = verdict.verdict === 'serve' ? verdict.doubt : verdict.verdict === 'refuse' ? verdict.code : null;
  const isOurs = isTornByUs && doubt === 'ERR_LEDGER_DAMAGED';
  if (newest === undefined || (doubt !== null && !isOurs))
    throw new WaslError(
      doubt ?? 'ERR_LEDGER_DAMAGED',
      `the ${familyName(family)} ledger is in doubt, so nobody knows what is left on it: replace the card from what the centre knows (--lost)`,
    );
  return { store, newest, ended: 0, carried: carriedOf(newest.record, newest.record.sequence) };
}

function bySequence(a: { readonly record: LedgerRecord }, b: { readonly record: LedgerRecord }): number {
  return a.record.sequence - b.record.sequence;
}

function carriedOf({ family, day, usage, more = NOTHING_MORE }: LedgerRecord, closing: number): CarriedLedger {
  const { tallies, balances, papers } = more;
  const stated = { tallies: [...tallies], balances: [...balances], papers: [...papers] };
  return { family, closing, day, usage: [...usage], more: stated };
}

/** Images that end a ledger and are not on it yet, in the order of writing; and the hash of the last. */
function endsOf(
  { store, newest, ended }: OldLedger,
  { owner, issuer, at }: Ending,
): {
  readonly images: readonly { readonly sequence: number; readonly image: Uint8Array }[];
  readonly hash: Uint8Array;
} {
  const images: { sequence: number; image: Uint8Array }[] = [];
  let last = newest;
  for (let written = ended; written < 2; written += 1) {
    const record: LedgerRecord = {
      ...last.record,
      ...{ cause: 'ended', sequence: last.record.sequence + 1, previous: last.hash.slice(0), signer: issuer.keyId },
      time: last.record.cause === 'ended' ? last.record.time : at,
    };
    const image = encodeSlot(record, owner, { signer: issuer, slotBytes: store.slotBytes });
    images.push({ sequence: record.sequence, image });
    last = readSlotImage(image);
  }
  return { images, hash: last.hash.slice(0) };
}

/** With what a card is ended. */
export interface Ending {
  readonly owner: LedgerOwner;
  readonly issuer: Signer;
  /** Seconds since 1970. */
  readonly at: number;
}

/** Throws `ERR_LEDGER_FULL` where the records of the end do not fit: before anything is written. */
export function checkEnd(card: OldCard, by: Omit<Ending, 'owner'>): void {
  for (const ledger of card.ledgers) endsOf(ledger, { ...by, owner: card.owner });
}

/** Ends every ledger of a card; resolves to the hash of the last record of each, by family. Rejects with `ERR_CARD_WRITE`, and with what the medium rejects with. */
export async function endOldCard(card: OldCard, by: Omit<Ending, 'owner'>): Promise<ReadonlyMap<number, Uint8Array>> {
  const hashes = new Map<number, Uint8Array>();
  for (const ledger of card.ledgers) {
    const { images, hash } = endsOf(ledger, { ...by, owner: card.owner });
    for (const { sequence, image } of images) {
      const index: SlotIndex = sequence % 2 === 0 ? 0 : 1;
      await ledger.store.writeSlot(index, image);
      const read = (await ledger.store.readSlot(index)).subarray(0, image.length);
      if (!sameBytes(read, image))
        throw new WaslError('ERR_CARD_WRITE', 'the end of the old card does not read back as it was written');
    }
    hashes.set(ledger.store.family, hash);
  }
  return hashes;
}
