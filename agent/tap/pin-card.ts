/**
 * The PIN of the card that is present, in the order that loses nothing:
 *
 *   read, verify → the card proves itself → holder-pin begun (fsync) → one command → holder-pin done, refused or unknown (fsync)
 *
 * A cut behind *begun* leaves that event alone in the chain: the centre reads from it that nobody knows which PIN counts. There is nothing to finish on the card: one command
 * is taken whole or not at all, and the holder tries.
 */
import type { CardSession, HolderPinStore, PinChange } from '../../drivers/medium.js';
import type { PresentedCard } from '../../drivers/reader.js';
import { CHALLENGE_BYTES, cardKeyId, verifyCardProof } from '../credential/card-proof.js';
import { decodeClaims } from '../credential/cwt.js';
import { unblockingCode } from '../credential/pin-codes.js';
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf, WaslError } from '../domain/errors.js';
import { HOLDER_PIN_SHAPE, type HolderPinAction, type HolderPinEvent, isEasyToGuess } from '../domain/holder-pin.js';
import type { TapDeps } from './examine.js';
import { openCard } from './open-card.js';
import type { Unblocking } from './pin-states.js';

/** What is asked of a card; `supervisor`: who allowed it. */
export type PinWish =
  | { readonly action: 'set'; readonly pin: string }
  | { readonly action: 'changed'; readonly old: string; readonly pin: string }
  | { readonly action: 'unblocked'; readonly supervisor: number; readonly pin: string };

/** A card whose PIN can be changed. */
export interface PinCard {
  readonly store: HolderPinStore;
  readonly unblocking: Exclude<Unblocking, 'allowed'>;
  /** The code of this card; null where this terminal has none. */
  readonly code: Uint8Array | null;
}

/** What came of it. `isUnknown`: the card did not answer. */
export interface PinOutcome {
  readonly code: ErrorCode | null;
  readonly isUnknown: boolean;
}

/** What it takes of a tap. */
export type PinDeps = Pick<
  TapDeps,
  'journal' | 'trust' | 'time' | 'random' | 'openMedium' | 'operator' | 'holderPins' | 'fault'
>;

/** Opens the card that was presented with this credential, and has it prove itself. Rejects with the code that it is refused with; `ERR_CARD_CHANGED` for another card. */
export async function openPinCard(deps: PinDeps, card: PresentedCard, of: PinHolderCard): Promise<PinCard> {
  const { credential } = of;
  const programme = deps.trust.policy().programmes.find(({ id }) => id === of.programme);
  if (programme === undefined) throw new WaslError('ERR_PROGRAMME_UNKNOWN');
  if (deps.trust.isHotlisted(credential.entitlements.card)) throw new WaslError('ERR_CREDENTIAL_HOTLISTED');
  const nowSec = Math.floor(deps.time.now().ms / 1000);
  const { session, endorsed } = await openCard(deps, { card, canWrite: true, programme, nowSec });
  // Of a credential whose signature did not hold nothing is known.
  const issued = endorsed === null ? null : decodeClaims(endorsed.payload);
  const { cardKey } = credential;
  if (issued === null || !issued.ok || endorsed?.card !== credential.entitlements.card)
    throw new WaslError('ERR_CARD_CHANGED');
  const { holderPin: store } = session;
  if (store === undefined || cardKey === undefined) throw new WaslError('ERR_HOLDER_PIN_UNSUPPORTED');
  if (!(await isProven(deps, session, cardKey))) throw new WaslError('ERR_CARD_PROOF');
  const secret = deps.holderPins?.secrets.get(issued.claims.entitlements.homeSite);
  const owner = { card: credential.entitlements.card, cardKey: cardKeyId(cardKey) };
  const code = secret === undefined ? null : unblockingCode(secret, owner);
  const isOver = store.codeTriesLeft === null || store.codeTriesLeft === 0;
  return { store, code, unblocking: isOver ? 'never' : code === null ? 'elsewhere' : 'ask' };
}

/** Whose card it is, and the programme whose issuers are trusted for it. */
export interface PinHolderCard {
  readonly credential: Credential;
  readonly programme: string;
}

/**
 * Asks the card for it. Resolves to what came of it, recorded; rejects where nothing was asked of the card: `ERR_HOLDER_PIN_WEAK`, `ERR_JOURNAL_*`, and with what {@link openPinCard} rejects
 * with.
 */
export async function changePin(
  deps: PinDeps,
  at: PinHolderCard & { readonly card: PresentedCard },
  wish: PinWish,
): Promise<PinOutcome> {
  const { identity, entitlements } = at.credential;
  const holder = { dateOfBirth: identity.dateOfBirth, id: identity.id, serial: entitlements.card };
  const isOld = wish.action === 'changed' && wish.old === wish.pin;
  if (!HOLDER_PIN_SHAPE.test(wish.pin) || isOld || isEasyToGuess(wish.pin, holder))
    throw new WaslError('ERR_HOLDER_PIN_WEAK');
  const opened = await openPinCard(deps, at.card, at);
  if (wish.action === 'unblocked' && opened.code === null) throw new WaslError('ERR_HOLDER_PIN_ELSEWHERE');
  const told = { card: entitlements.card, id: deps.random.bytes(8), ...whoOf(deps, wish) };
  await record(deps, { ...told, stage: 'begun', code: null });
  const outcome = await asked(opened, wish);
  const stage = outcome.code === null ? 'done' : outcome.isUnknown ? 'unknown' : 'refused';
  // The card has been asked: what cannot be recorded now stands as begun, and the holder is told what the card said.
  await record(deps, { ...told, stage, code: outcome.code }).catch((error: unknown) => deps.fault(error));
  return outcome;
}

async function asked({ store, code }: PinCard, wish: PinWish): Promise<PinOutcome> {
  try {
    const answer = await send(store, wish, code);
    return { code: refusalOf(answer, wish.action), isUnknown: false };
  } catch (error) {
    const failed = codeOf(error);
    // A command that the card does not know changes nothing; whatever else went wrong may have come after the change.
    return { code: failed, isUnknown: failed !== 'ERR_HOLDER_PIN_UNSUPPORTED' };
  }
}

function send(store: HolderPinStore, wish: PinWish, code: Uint8Array | null): Promise<PinChange> {
  if (wish.action === 'set') return store.set(wish.pin);
  if (wish.action === 'changed') return store.change(wish.old, wish.pin);
  return code === null ? Promise.reject(new WaslError('ERR_HOLDER_PIN_ELSEWHERE')) : store.unblock(code, wish.pin);
}

function refusalOf({ result }: PinChange, action: HolderPinAction): ErrorCode | null {
  if (result === 'done') return null;
  if (result === 'refused') return 'ERR_HOLDER_PIN_UNSUPPORTED';
  if (action === 'unblocked') return 'ERR_HOLDER_PIN_CODE';
  return result === 'blocked' ? 'ERR_HOLDER_PIN_BLOCKED' : 'ERR_HOLDER_PIN';
}

/** The card that the credential names is here: its key signs its newest record. An emulation must not hear the code of the card that it copies. */
async function isProven(
  deps: PinDeps,
  { ledgers }: CardSession,
  cardKey: NonNullable<Credential['cardKey']>,
): Promise<boolean> {
  const [ledger] = ledgers;
  if (ledger?.prove === undefined) return false;
  const slots = await ledger.readSlots();
  const challenge = deps.random.bytes(CHALLENGE_BYTES);
  const proof = await ledger.prove(challenge);
  return slots.some((slot) => verifyCardProof(cardKey, proof, { challenge, record: slot, family: ledger.family }));
}

function whoOf({ operator }: PinDeps, wish: PinWish): Pick<HolderPinEvent, 'action' | 'operator' | 'supervisor'> {
  return { action: wish.action, operator: operator(), supervisor: wish.action === 'unblocked' ? wish.supervisor : 0 };
}

async function record({ journal, time }: PinDeps, told: Omit<HolderPinEvent, 'type' | 'time'>): Promise<void> {
  const event: HolderPinEvent = { type: 'holder-pin', time: Math.floor(time.now().ms / 1000), ...told };
  await journal.append([{ kind: 'event', event }]);
}
