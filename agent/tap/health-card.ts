/**
 * The health records of the card that is present. Opening and adding, each in the order that neither shows without an event nor loses what was written:
 *
 *   open:  read all → the card proves itself → unwrap → health-opened (fsync) → shown
 *   add:   HEALTH-BEGUN (fsync) → APPEND → read back → proof → health-added, HEALTH-MOVED (fsync)
 *
 * What was begun and not seen to its end is finished at the next tap of the card here, with or without a key: the sealed bytes are in the journal.
 */
import type { CardSession, HealthRecordStore } from '../../drivers/medium.js';
import type { PresentedCard } from '../../drivers/reader.js';
import { CHALLENGE_BYTES, HEALTH_RECORDS_FILE, verifyCardProof } from '../credential/card-proof.js';
import { sameBytes } from '../credential/cbor.js';
import type { CardKey, Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf, WaslError } from '../domain/errors.js';
import type { HealthAddedEvent } from '../domain/event.js';
import {
  type CardVault,
  HEALTH_RECORDS_MAX,
  type HealthContent,
  type HealthKind,
  type HealthOwner,
  type HealthRecord,
  type HealthVault,
} from '../domain/health-record.js';
import { LEDGER_FAMILIES } from '../domain/ledger.js';
import type { JournalEntry, OpenHealthRecord } from '../journal/journal.js';
import { healthAccess } from '../services/health-records.js';
import type { TapDeps } from './examine.js';
import { UNKNOWN_DESK } from './snapshot.js';

/** How often a record is appended before it is left for the next tap, while the card stays on the reader. */
const WRITE_ATTEMPTS_MAX = 2;

/** A card whose records were opened. */
export interface HealthCard {
  readonly credential: Credential;
  /** The signed credential, byte for byte: another one is another card. */
  readonly signed: CardSession['credential'];
  readonly owner: HealthOwner;
  readonly store: HealthRecordStore;
  /** As they stand, newest first. */
  readonly images: readonly Uint8Array[];
  /** Those of them that open, of all kinds. */
  readonly records: readonly HealthRecord[];
  /** Null on a card that has no key yet, and no records. */
  readonly opened: CardVault | null;
  readonly vault: HealthVault;
  readonly read: readonly HealthKind[];
  readonly write: readonly HealthKind[];
}

/** What somebody writes. */
export interface HealthDraft {
  readonly kind: HealthKind;
  readonly text: string;
  /** Id of the record that it answers. */
  readonly answers: Uint8Array | null;
}

/** The session of a card that has records, and what its key proves about it. */
interface ProvenCard {
  readonly session: CardSession;
  readonly store: HealthRecordStore;
  readonly cardKey: CardKey;
}

/** The card whose records are asked for: its credential, and, once they were opened, that credential byte for byte. */
export type HealthHolder = Pick<HealthCard, 'credential'> & Partial<Pick<HealthCard, 'signed'>>;

/** Opens the records of the card that was presented with this credential. Rejects with the code that it is refused with; `ERR_CARD_CHANGED` for another card than the one that was opened before. */
export async function openHealthCard(deps: TapDeps, card: PresentedCard, holder: HealthHolder): Promise<HealthCard> {
  const { credential } = holder;
  const { desk = UNKNOWN_DESK, health: vault } = deps;
  const site = desk.site();
  const at = { siteKind: site.kind, isAccredited: site.accredited, role: desk.operatorRole };
  const access = healthAccess(deps.trust.policy(), at);
  if ('refused' in access) throw new WaslError(access.refused);
  if (vault === undefined || vault.epoch() === null) throw new WaslError('ERR_HEALTH_KEY');
  const proven = await openStore(deps, card, holder);
  await finishOpenRecord(deps, proven, credential.entitlements.card);
  const { session, store, cardKey } = proven;
  const images = await store.readRecords();
  if (!(await isProven(deps, proven, images))) throw new WaslError('ERR_CARD_PROOF');
  const owner = { card: credential.entitlements.card, cardKey };
  const wrapped = await store.readKey();
  const opened = wrapped.length === 0 && images.length === 0 ? null : vault.open(owner, wrapped);
  if (opened === null && images.length > 0) throw new WaslError('ERR_HEALTH_KEY');
  const records = unsealed(images, opened);
  const found = { credential, signed: session.credential, owner, store, images, records, opened, vault };
  await wrapAnew(found);
  return { ...found, read: access.read, write: access.write };
}

/** Writes a record to an opened card. Rejects with the code that says why it is not on the card; `ERR_CARD_*` and `ERR_JOURNAL_*`: the next tap of the card finishes it. */
export async function addRecord(deps: TapDeps, card: HealthCard, draft: HealthDraft): Promise<void> {
  const { store, owner, vault } = card;
  if (!card.write.includes(draft.kind)) throw new WaslError('ERR_HEALTH_ROLE');
  if (deps.trust.isHotlisted(owner.card)) throw new WaslError('ERR_CREDENTIAL_HOTLISTED');
  if (card.opened !== null && !mayWriteUnder(card.opened, card.records)) throw new WaslError('ERR_HEALTH_KEY');
  const content = contentOf(deps, draft);
  const opened = card.opened ?? vault.begin(owner);
  const { id, image } = opened.seal(content);
  const body = vault.forAuthority(owner, { id, content });
  await makeRoom(deps, card);
  if (card.opened === null) await writeFirstKey(store, opened.wrapped());
  const atMs = deps.time.now().ms;
  const { kind, day, site, operator, answers } = content;
  const event: HealthAddedEvent = {
    ...{ type: 'health-added', time: Math.floor(atMs / 1000), card: owner.card, id, kind, day, site, operator },
    ...{ answers, isOnCard: true, body },
  };
  const record: OpenHealthRecord = { atMs, image, event, isReported: false };
  await deps.journal.append([{ kind: 'health-begun', record }]);
  // There is a record to be proven now: no ledger has to stand in.
  await complete(deps, { cardKey: owner.cardKey, store, session: { ledgers: [] } }, record);
}

/** Finishes what an earlier tap of this card left open here; nothing where it left nothing. Rejects as {@link addRecord}. */
export async function finishHealthRecord(deps: TapDeps, card: PresentedCard, credential: Credential): Promise<void> {
  const serial = credential.entitlements.card;
  if (!deps.journal.state().healthRecords.has(serial)) return;
  await finishOpenRecord(deps, await openStore(deps, card, { credential }), serial);
}

/** Tells the centre of records that an earlier run left open, once each. Rejects with `ERR_JOURNAL_*`. */
export async function reportHealthRecords(deps: Pick<TapDeps, 'journal' | 'time'>): Promise<void> {
  for (const record of [...deps.journal.state().healthRecords.values()])
    if (!record.isReported) await deps.journal.append(movedEntries(deps, record, 'reported'));
}

/** A card in a file of an earlier day, or a tag, has no room; nor is there any where the reader cannot write. */
async function openStore(
  deps: TapDeps,
  card: PresentedCard,
  { credential, signed }: HealthHolder,
): Promise<ProvenCard> {
  const session = await deps.openMedium(card, { canWrite: true });
  const { healthRecords: store } = session;
  if (signed !== undefined && !isSameCredential(session.credential, signed)) throw new WaslError('ERR_CARD_CHANGED');
  const { cardKey } = credential;
  if (store === undefined || cardKey === undefined) throw new WaslError('ERR_HEALTH_ROOM');
  return { session, store, cardKey };
}

async function finishOpenRecord(deps: TapDeps, at: ProvenCard, serial: number): Promise<void> {
  const open = deps.journal.state().healthRecords.get(serial);
  if (open !== undefined) await complete(deps, at, open);
}

/** What a session has to have for a proof. */
type Provable = Pick<ProvenCard, 'store' | 'cardKey'> & { readonly session: Pick<CardSession, 'ledgers'> };

async function complete(deps: TapDeps, at: Provable, record: OpenHealthRecord): Promise<void> {
  const failure = await appendAndVerify(deps, at, record.image);
  if (failure === null) {
    await deps.journal.append(movedEntries(deps, record, 'written'));
    return;
  }
  // Best effort: it stays open in the journal, and is told of at the next start.
  if (!record.isReported) await deps.journal.append(movedEntries(deps, record, 'reported')).catch(() => undefined);
  throw new WaslError(failure);
}

function movedEntries(
  { time }: Pick<TapDeps, 'time'>,
  { event }: OpenHealthRecord,
  to: 'reported' | 'written',
): JournalEntry[] {
  const { card, id } = event;
  const told = { ...event, time: Math.floor(time.now().ms / 1000), isOnCard: to === 'written' };
  return [
    { kind: 'event', event: told },
    { kind: 'health-moved', card, id, to },
  ];
}

/** Null when the record stands on the card: read back, and as the newest one proven. One that others have written upon since cannot be the newest any more. */
async function appendAndVerify(deps: TapDeps, at: Provable, image: Uint8Array): Promise<ErrorCode | null> {
  let failure: ErrorCode = 'ERR_CARD_WRITE';
  for (let attempt = 0; attempt < WRITE_ATTEMPTS_MAX; attempt += 1) {
    try {
      const before = await at.store.readRecords();
      if (!before.some((one) => sameBytes(one, image))) await at.store.append(image);
      const images = await at.store.readRecords();
      if (images.some((one) => sameBytes(one, image)))
        return (await isProven(deps, at, images)) ? null : 'ERR_CARD_PROOF';
      failure = 'ERR_CARD_WRITE';
    } catch (error) {
      failure = codeOf(error);
      if (failure === 'ERR_CARD_LOST' || failure === 'ERR_CARD_PROOF') return failure;
    }
  }
  return failure;
}

/** The card that the credential names is here, and this is its newest record. */
async function isProven(deps: TapDeps, at: Provable, images: readonly Uint8Array[]): Promise<boolean> {
  const challenge = deps.random.bytes(CHALLENGE_BYTES);
  const proof = await at.store.prove(challenge);
  const [newest] = images;
  if (newest !== undefined)
    return verifyCardProof(at.cardKey, proof, { challenge, record: newest, file: HEALTH_RECORDS_FILE });
  const [ledger] = at.session.ledgers;
  const slots = ledger === undefined ? [] : await ledger.readSlots();
  const family = ledger?.family ?? LEDGER_FAMILIES.ration;
  return slots.some((record) => verifyCardProof(at.cardKey, proof, { challenge, record, family }));
}

/** One that is there twice was carried over, and counts once. */
function unsealed(images: readonly Uint8Array[], opened: CardVault | null): readonly HealthRecord[] {
  const found: HealthRecord[] = [];
  for (const image of images) {
    const record = opened?.unseal(image) ?? null;
    if (record !== null && !found.some(({ id }) => sameBytes(id, record.id))) found.push(record);
  }
  return found;
}

/** Under a key that nobody known put there nothing is written, unless a record that is confirmed shows that an honest desk has used it. */
function mayWriteUnder(opened: CardVault, records: readonly HealthRecord[]): boolean {
  return opened.isTrusted || records.some(({ isConfirmed }) => isConfirmed);
}

/** Best effort: the card opens with the older key as well, and is wrapped anew at a later tap. */
async function wrapAnew({ opened, vault, store, records }: Omit<HealthCard, 'read' | 'write'>): Promise<void> {
  if (opened === null || !mayWriteUnder(opened, records) || opened.epoch >= (vault.epoch() ?? 0)) return;
  await store.writeKey(opened.wrapped()).catch(() => undefined);
}

async function writeFirstKey(store: HealthRecordStore, wrapped: Uint8Array): Promise<void> {
  await store.writeKey(wrapped);
  if (!sameBytes(await store.readKey(), wrapped)) throw new WaslError('ERR_CARD_WRITE');
}

/** The oldest leaves, where the policy lets it; an allergy is appended again before, as it is, so that it never does. */
async function makeRoom(deps: TapDeps, { images, records, opened, store }: HealthCard): Promise<void> {
  if (images.length < HEALTH_RECORDS_MAX) return;
  if (deps.trust.policy().healthRecords?.whenFull !== 'oldest-leaves') throw new WaslError('ERR_HEALTH_ROOM');
  const isAllergy = (image: Uint8Array): boolean => opened?.unseal(image)?.kind === 'allergy';
  if (records.length > 0 && records.every(({ kind }) => kind === 'allergy')) throw new WaslError('ERR_HEALTH_ROOM');
  const standing = [...images];
  for (let carried = 0; carried < HEALTH_RECORDS_MAX; carried += 1) {
    const oldest = standing.pop();
    if (oldest === undefined || !isAllergy(oldest)) return;
    // Twice on the card already: the newer one stays.
    if (standing.some((one) => sameBytes(one, oldest))) return;
    await store.append(oldest);
    standing.unshift(oldest);
  }
}

function contentOf(deps: TapDeps, { kind, text, answers }: HealthDraft): HealthContent {
  const { desk = UNKNOWN_DESK } = deps;
  const day = deps.calendar(deps.trust.policy().timeZone).dayOf(deps.time.now().ms);
  return { kind, day, site: desk.site().number, role: desk.operatorRole, operator: deps.operator(), text, answers };
}

function isSameCredential(a: CardSession['credential'], b: CardSession['credential']): boolean {
  return a.form === 'bytes' && b.form === 'bytes' && sameBytes(a.bytes, b.bytes);
}
