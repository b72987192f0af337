/** The checks of a card: from the blank to the last byte that a terminal relies on. They write to it; at the end a tag is blank again. */
import { randomBytes } from 'node:crypto';
import { openMedium } from '../../../drivers/media/open.js';
import type { CardSession, LedgerStore, SlotIndex } from '../../../drivers/medium.js';
import type { PageCard, PresentedCard } from '../../../drivers/reader.js';
import { type Check, expectThat, leftOut } from '../../cards/conformance.js';
import { parseOrder } from '../../cards/order.js';
import { CHALLENGE_BYTES, cardKeyId, verifyCardProof } from '../../credential/card-proof.js';
import { sameBytes } from '../../credential/cbor.js';
import { decodeCredential } from '../../credential/decode.js';
import { issueEndorsement } from '../../credential/endorsement.js';
import { classifySlot, encodeSlot, type LedgerOwner, readSlotImage } from '../../credential/ledger.js';
import { signerFromSeed, verifierFromKey } from '../../credential/signature.js';
import type { Credential } from '../../domain/credential.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import type { Signer } from '../../domain/keys.js';
import { familyName } from '../../domain/ledger.js';
import { dayOf, nowSeconds } from '../card/issuer.js';
import { makeCard, wipeCard } from '../card/medium.js';
import { CODE, checkPinOf } from './pin.js';

const PERSON = parseOrder(
  {
    card: 99,
    household: 99,
    householdSize: 2,
    draws: 2,
    rationScheme: 1,
    identity: { id: 'conformance-99', language: 'ara', fullName: 'نور الاختبار' },
    expires: '2099-12-31',
  },
  'the test person',
);

/** Years are as far apart as a card lives: the test card must not expire while it is looked at. */
const ALWAYS = { notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER };

/** Everything that the checks of one card share. */
interface Bench {
  readonly card: PresentedCard;
  readonly issuer: Signer;
  readonly terminal: Signer;
  readonly issuedAt: number;
}

/** The checks of the card in hand. A card that carries something is refused by the second one, before anything is written. */
export function cardChecks(card: PresentedCard): readonly Check[] {
  const bench: Bench = {
    card,
    issuer: signerFromSeed(Uint8Array.from(randomBytes(32))),
    terminal: signerFromSeed(Uint8Array.from(randomBytes(32))),
    issuedAt: nowSeconds(),
  };
  return [
    { name: 'is a kind of card that Wasl writes to', run: () => kindOf(card) },
    { name: 'is blank', run: () => isBlank(card) },
    { name: 'reads the same in small bites as in large ones', run: () => bites(card) },
    { name: 'takes a credential and reads it back', run: () => personalises(bench) },
    { name: 'the credential passes every step', run: () => verifies(bench) },
    { name: 'both slots of each ledger hold their first records', run: () => firstRecords(bench) },
    { name: 'takes the next record, and leaves the other one', run: () => nextRecord(bench) },
    { name: 'proves that it holds its newest record', run: () => proves(bench) },
    { name: 'keeps the PIN of its holder', run: () => keepsPin(bench) },
    { name: 'takes an endorsement', run: () => endorses(bench) },
    { name: 'can be wiped', run: () => wipes(card) },
  ];
}

async function kindOf(card: PresentedCard): Promise<string> {
  expectThat(
    card.kind !== 'text',
    'ERR_CARD_UNSUPPORTED',
    'this reader sends lines of text: use "wasl conformance qr"',
  );
  if (card.kind === 'text') return '';
  const length = card.uid?.length ?? 0;
  expectThat(
    card.uid === null || [4, 7, 10].includes(length),
    'ERR_CARD_IO',
    `a UID has 4, 7 or 10 bytes, this one ${length}`,
  );
  return `${card.kind === 'pages' ? 'pages (NFC Forum Type 2)' : 'APDUs (ISO/IEC 7816-4)'}, UID of ${length} bytes`;
}

async function isBlank(card: PresentedCard): Promise<string> {
  try {
    await openMedium(card, { canWrite: true });
  } catch (error) {
    if (isWaslError(error, 'ERR_CARD_EMPTY')) return 'no credential';
    throw error;
  }
  throw new WaslError('ERR_CARD_LAYOUT', 'the card carries a credential: take a blank one, these checks write to it');
}

/** A reader whose bulk read is wrong is found before anything is trusted to it. */
async function bites(card: PresentedCard): Promise<string> {
  if (card.kind !== 'pages') return leftOut('a smart card is read by files, not by pages');
  const [first, count] = [0, 40];
  const bulk = await card.readPages(first, count);
  for (let page = first; page < first + count; page += 1) {
    const small = await card.readPages(page, 1);
    const large = bulk.subarray((page - first) * 4, (page - first + 1) * 4);
    expectThat(sameBytes(small, large), 'ERR_CARD_IO', `page ${page} reads otherwise alone than together with others`);
  }
  expectThat(uidIn(card, bulk), 'ERR_CARD_IO', 'the UID in pages 0 and 1 is not the one that the reader told');
  return `${count} pages agree`;
}

function uidIn(card: PageCard, pages: Uint8Array): boolean {
  const standing = Uint8Array.of(...pages.subarray(0, 3), ...pages.subarray(4, 8));
  return card.uid.length !== 7 || sameBytes(standing, card.uid);
}

async function personalises({ card, issuer, issuedAt }: Bench): Promise<string> {
  const issuing = { issuer, issuedAt, day: dayOf(issuedAt) };
  // An applet that takes no code says so before anything is written to it, and so does a tag.
  const made = await makeCard(card, PERSON, {
    ...issuing,
    pinFor: async () => ({ code: CODE, transportPin: null }),
  }).catch((error: unknown) => {
    if (isWaslError(error, 'ERR_HOLDER_PIN_UNSUPPORTED')) return makeCard(card, PERSON, issuing);
    throw error;
  });
  return `${made.kind}: ${made.credentialBytes} bytes${made.leftOut.length === 0 ? '' : `, without ${made.leftOut.join(', ')}`}`;
}

const session = ({ card }: Bench): Promise<CardSession> => openMedium(card, { canWrite: true });

async function credentialOn(bench: Bench, open: CardSession): Promise<Credential> {
  const key = { verifier: verifierFromKey(bench.issuer.publicKey), programmes: [1], ...ALWAYS };
  const result = decodeCredential(open.credential, {
    issuerKeys: () => [key],
    isHotlisted: () => false,
    programme: 1,
    now: bench.issuedAt,
    medium: open,
  });
  if (!result.ok) throw new WaslError(result.code, `stopped at step ${result.step}`);
  return result.credential;
}

async function verifies(bench: Bench): Promise<string> {
  const open = await session(bench);
  const { entitlements } = await credentialOn(bench, open);
  expectThat(entitlements.card === PERSON.card, 'ERR_CREDENTIAL_PAYLOAD', 'another serial was read than was written');
  return `layout ${open.layout}, serial ${entitlements.card}`;
}

function ownerOf({ entitlements, cardKey }: Credential): LedgerOwner {
  const uid = entitlements.uid ?? (cardKey === undefined ? new Uint8Array(0) : cardKeyId(cardKey));
  return { uid, card: entitlements.card };
}

function classify(
  bench: Bench,
  owner: LedgerOwner,
  slot: { readonly bytes: Uint8Array; readonly index: number; readonly family: number },
) {
  const keys = [bench.issuer, bench.terminal].map(({ publicKey }) => ({
    verifier: verifierFromKey(publicKey),
    ...ALWAYS,
  }));
  return classifySlot(slot.bytes, {
    owner,
    family: slot.family,
    index: slot.index,
    keys: (keyId) => keys.filter(({ verifier }) => sameBytes(verifier.keyId, keyId)),
    latest: bench.issuedAt + 1,
  });
}

/** Opens the card and carries a check out on each of its ledgers; resolves to what was seen of each. */
async function onEachLedger(
  bench: Bench,
  check: (store: LedgerStore, credential: Credential) => Promise<string>,
): Promise<string> {
  const open = await session(bench);
  if (open.ledgers.length === 0) return leftOut('no room for a ledger on this medium');
  const credential = await credentialOn(bench, open);
  const seen: string[] = [];
  for (const store of open.ledgers) seen.push(`${familyName(store.family)}: ${await check(store, credential)}`);
  return seen.join('; ');
}

function firstRecords(bench: Bench): Promise<string> {
  return onEachLedger(bench, async (store, credential) => {
    const { family } = store;
    for (const [index, bytes] of (await store.readSlots()).entries()) {
      const { state } = classify(bench, ownerOf(credential), { bytes, index, family });
      expectThat(state === 'valid', 'ERR_LEDGER_DAMAGED', `slot ${index === 0 ? 'A' : 'B'} is ${state}`);
    }
    return 'A and B valid';
  });
}

function nextRecord(bench: Bench): Promise<string> {
  return onEachLedger(bench, async (store, credential) => {
    const owner = ownerOf(credential);
    const { family } = store;
    const before = await ledgersOn(bench);
    const newest = readSlotImage(slotsOf(before, family)[1]);
    const record = {
      ...{ family, cause: 'service' as const, sequence: 2, previous: newest.hash },
      ...{ day: newest.record.day, time: bench.issuedAt, signer: bench.terminal.keyId },
      usage: [{ commodity: 1, usedDay: 5, usedMonth: 150 }],
    };
    const image = encodeSlot(record, owner, { signer: bench.terminal, slotBytes: store.slotBytes });
    const index: SlotIndex = 0;
    await store.writeSlot(index, image);
    const read = await store.readSlot(index);
    expectThat(sameBytes(read.subarray(0, image.length), image), 'ERR_CARD_WRITE', 'the record does not read back');
    const after = await ledgersOn(bench);
    const [a, b] = slotsOf(after, family);
    const { state } = classify(bench, owner, { bytes: a, index, family });
    expectThat(state === 'valid', 'ERR_LEDGER_DAMAGED', `slot A is ${state} after it was written`);
    expectThat(sameBytes(b, slotsOf(before, family)[1]), 'ERR_CARD_WRITE', 'slot B changed with slot A');
    for (const [other, slots] of after) {
      const was = slotsOf(before, other);
      const same = other === family || (sameBytes(slots[0], was[0]) && sameBytes(slots[1], was[1]));
      expectThat(
        same,
        'ERR_CARD_WRITE',
        `the ledger of ${familyName(other)} changed with that of ${familyName(family)}`,
      );
    }
    return `${image.length} bytes written and read back`;
  });
}

type Slots = readonly [Uint8Array, Uint8Array];

/** Every ledger of the card as it stands, by family. */
async function ledgersOn(bench: Bench): Promise<ReadonlyMap<number, Slots>> {
  const found = new Map<number, Slots>();
  for (const store of (await session(bench)).ledgers) found.set(store.family, await store.readSlots());
  return found;
}

function slotsOf(ledgers: ReadonlyMap<number, Slots>, family: number): Slots {
  return ledgers.get(family) ?? [new Uint8Array(0), new Uint8Array(0)];
}

function proves(bench: Bench): Promise<string> {
  return onEachLedger(bench, async (store, { cardKey }) => {
    if (cardKey === undefined || store.prove === undefined) return leftOut('this medium has no key of its own');
    const [even] = await store.readSlots();
    const challenge = Uint8Array.from(randomBytes(CHALLENGE_BYTES));
    const proof = await store.prove(challenge);
    const holds = verifyCardProof(cardKey, proof, { challenge, record: even, family: store.family });
    expectThat(holds, 'ERR_CARD_PROOF', 'the proof does not fit the challenge, the counter and the newest record');
    return `${cardKey.algorithm}, counter ${proof.counter}`;
  });
}

async function keepsPin(bench: Bench): Promise<string> {
  return checkPinOf(() => session(bench));
}

async function endorses(bench: Bench): Promise<string> {
  const open = await session(bench);
  if (open.writeEndorsement === undefined) return leftOut('no room for an endorsement on this medium');
  const credential = await credentialOn(bench, open);
  const bytes = issueEndorsement(
    { number: 1, issuedAt: bench.issuedAt, expiresAt: null, changes: { draws: 1 } },
    {
      credential: open.credential.form === 'bytes' ? open.credential.bytes : new Uint8Array(0),
      owner: ownerOf(credential),
    },
    bench.issuer,
  );
  await open.writeEndorsement(bytes);
  const { endorsement } = await session(bench);
  const same = endorsement.state === 'bytes' && sameBytes(endorsement.bytes, bytes);
  expectThat(same, 'ERR_CARD_WRITE', 'the endorsement does not read back');
  return `${bytes.length} bytes`;
}

async function wipes(card: PresentedCard): Promise<string> {
  if (card.kind !== 'pages') return leftOut('a smart card never forgets; this one stays the test person’s');
  return `${await wipeCard(card)} pages are blank`;
}
