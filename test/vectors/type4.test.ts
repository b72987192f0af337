/** The published conversations with smart cards: our driver replays each of them, and a second reader (cbor2, node:crypto) checks what the cards prove. */
import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import { decode as decodeCbor2, encode as encodeCbor2, Tag } from 'cbor2';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../agent/domain/errors.js';
import type { ApduCard } from '../../drivers/reader.js';
import { carryOut } from './make/type4.js';
import { type PublishedType4, plain, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('type4.json');
const all = [...file.valid, ...file.invalid];

/** A card that knows its conversation by heart, and nothing else. */
class Script implements ApduCard {
  readonly kind = 'apdu';
  readonly uid = null;
  readonly historicalBytes = new Uint8Array(0);
  readonly #left: PublishedType4['exchanges'][number][];

  constructor({ exchanges }: PublishedType4) {
    this.#left = [...exchanges];
  }

  get left(): number {
    return this.#left.length;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const next = this.#left.shift();
    expect(plain(command)).toBe(next?.command);
    return unhex(next?.answer ?? '');
  }
}

/** Which card key the credential names: that of the conversation, told by its name. */
function keyFor({ name }: PublishedType4) {
  const { algorithm, publicKey } = file.cardKeys[name.endsWith('p256') ? 'ES256' : 'EdDSA'];
  return { algorithm, publicKey: unhex(publicKey) };
}

describe('the published conversations with smart cards', () => {
  test.each(all.map((vector) => [vector.name, vector] as const))('%s is held as published', async (_name, vector) => {
    const card = new Script(vector);
    const outcome = await carryOut(vector.operation, card, keyFor(vector)).then(
      (result): unknown => ({ ok: true, result: plain(result) }),
      (error: unknown) => ({ ok: false, code: codeOf(error) }),
    );
    expect(outcome).toEqual(vector.expected);
    expect(card.left).toBe(0);
  });

  test('show every operation, every command and every code that a smart card can end with', () => {
    expect(new Set(file.valid.map(({ operation }) => operation))).toEqual(
      new Set([
        ...['personalise', 'open', 'tap', 'tap-health', 'pin', 'endorse'],
        ...['pin-make', 'pin-set', 'pin-change', 'pin-unblock'],
      ]),
    );
    const commands = all.flatMap(({ exchanges }) => exchanges.map(({ command }) => command.slice(2, 4)));
    expect(new Set(commands)).toEqual(new Set(['a4', 'b0', 'd6', 'b2', 'e2', '88', '20', '24', '2c', 'ca', '44']));
    const codes = file.invalid.map(({ expected }) => (expected.ok ? 'none' : expected.code));
    expect([...new Set(codes)].sort()).toEqual([
      'ERR_CARD_EMPTY',
      'ERR_CARD_IO',
      'ERR_CARD_LAYOUT',
      'ERR_CARD_PROOF',
      'ERR_CARD_UNSUPPORTED',
      'ERR_CARD_WRITE',
      'ERR_HOLDER_PIN_UNSUPPORTED',
    ]);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  test('append no record to a card that refuses the credential', () => {
    const closed = file.invalid.find(({ name }) => name === 'closed');
    expect(closed?.exchanges.some(({ command }) => command.startsWith('00e2'))).toBe(false);
    const again = file.valid.find(({ name }) => name === 'personalise-again');
    expect(again?.exchanges.filter(({ command }) => command.startsWith('00e2')).length).toBe(1);
  });
});

const INTERNAL_AUTHENTICATE = '0088';

/** Checks an INTERNAL AUTHENTICATE from nothing but the conversation: key out of the credential, record out of APPEND RECORD. */
function isProved({ exchanges, expected }: PublishedType4): boolean {
  const asked = exchanges.find(({ command }) => command.startsWith(INTERNAL_AUTHENTICATE));
  const appended = exchanges.find(({ command }) => command.startsWith('00e2'));
  if (asked === undefined || appended === undefined) throw new Error('a tap appends and proves');
  const record = unhex(appended.command).slice(5);
  const challenge = unhex(asked.command).slice(5, 21);
  const answer = unhex(asked.answer);
  const hash = createHash('sha256').update(record).digest();
  const [, , , file = 0] = unhex(asked.command);
  const label =
    file === 0
      ? Buffer.from('wasl/card-proof/1')
      : Buffer.concat([Buffer.from('wasl/card-proof/2'), Uint8Array.of(file)]);
  const message = Buffer.concat([label, challenge, answer.slice(0, 4), hash]);
  const key = cardKeyIn(exchanges);
  expect(expected.ok || answer.length).toBeTruthy();
  return verify(
    key.asymmetricKeyType === 'ec' ? 'sha256' : null,
    message,
    { key, dsaEncoding: 'ieee-p1363' },
    answer.slice(4, -2),
  );
}

/** The key in the `cnf` claim (RFC 8747) of the credential that READ BINARY of file 1 gave, piece by piece. */
function cardKeyIn(exchanges: PublishedType4['exchanges']) {
  const pieces: Uint8Array[] = [];
  let file1 = false;
  for (const { command, answer } of exchanges) {
    if (!command.startsWith('00b0')) continue;
    const [, , p1 = 0] = unhex(command);
    if ((p1 & 0x80) !== 0) file1 = p1 === 0x81;
    if (file1) pieces.push(unhex(answer).slice(0, -2));
  }
  const tagged = decodeCbor2(Uint8Array.from(Buffer.concat(pieces)), { preferMap: true });
  if (!(tagged instanceof Tag)) throw new Error('a COSE_Sign1');
  const claims = decodeCbor2((tagged.contents as readonly Uint8Array[])[2] ?? '', { preferMap: true });
  const key = ((claims as Map<number, Map<number, Map<number, unknown>>>).get(8) ?? new Map()).get(1);
  const part = (label: number): string => Buffer.from(key?.get(label) as Uint8Array).toString('base64url');
  const jwk =
    key?.get(1) === 1
      ? { kty: 'OKP', crv: 'Ed25519', x: part(-2) }
      : { kty: 'EC', crv: 'P-256', x: part(-2), y: part(-3) };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

describe('a second implementation, of other parts (cbor2, node:crypto)', () => {
  test('derives the unblocking code and the PIN of the letter from what is published', () => {
    const { issuerSecret, site, siteSecret, card, cardKey, code, letter } = file.pinCare;
    // RFC 5869 by hand: extract, then one block of expand.
    const hkdf = (secret: Uint8Array, salt: Uint8Array, info: readonly unknown[]): Buffer => {
      const key = createHmac('sha512', salt).update(secret).digest();
      return createHmac('sha512', key).update(encodeCbor2(info)).update(Uint8Array.of(1)).digest();
    };
    const ofSite = hkdf(unhex(issuerSecret), new Uint8Array(64), ['wasl/pin-site/1', site]).subarray(0, 32);
    expect(ofSite.toString('hex')).toBe(siteSecret);
    expect(hkdf(ofSite, unhex(cardKey), ['wasl/pin-code/1', card]).toString('hex')).toMatch(new RegExp(`^${code}`));
    const drawn = hkdf(ofSite, unhex(cardKey), ['wasl/pin-letter/1', card, 0]).readBigUInt64BE(0) % 1_000_000n;
    expect(String(drawn).padStart(6, '0')).toBe(letter);
  });

  test.each(['tap', 'tap-p256', 'families-tap', 'families-tap-health'])('finds the proof of %s good', (name) => {
    const vector = file.valid.find((one) => one.name === name);
    if (vector === undefined) throw new Error('it is published');
    expect(isProved(vector)).toBe(true);
  });

  test.each(['proof-signature', 'emulation', 'relay', 'proof-counter', 'proof-of-other-ledger'])(
    'finds the proof of %s bad',
    (name) => {
      const vector = file.invalid.find((one) => one.name === name);
      if (vector === undefined) throw new Error('it is published');
      expect(isProved(vector)).toBe(false);
    },
  );
});
