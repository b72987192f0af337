/** Health records: what a card has of them, sealed, and what events tell. */
import { cardKeyId } from '../../../agent/credential/card-proof.js';
import type { WaslEvent } from '../../../agent/domain/event.js';
import type { HealthContent, HealthOwner } from '../../../agent/domain/health-record.js';
import { wrapCardKey } from '../../../agent/health/card-key.js';
import { sealCopy } from '../../../agent/health/copy.js';
import { encodeContent, sealRecord } from '../../../agent/health/record.js';
import { sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import { seededRandom } from '../../journal/samples.js';
import { signerOf } from '../../support/people.js';

const SECRETS = { role: 0x51, authority: 0x41, card: 0x61, cardSigner: 0x5a, terminal: 0x0b } as const;
const secret = (of: keyof typeof SECRETS): Uint8Array => new Uint8Array(32).fill(SECRETS[of]);
const role = sealKeyFromSecret(secret('role'));
const authority = sealKeyFromSecret(secret('authority'));
const terminal = signerOf(SECRETS.terminal);
const OWNER: HealthOwner = {
  card: 100_017,
  cardKey: { algorithm: 'EdDSA', publicKey: signerOf(SECRETS.cardSigner).publicKey },
};
const OTHER_CARD = 100_018;
const REQUEST: HealthContent = {
  ...{ kind: 'laboratory-request', day: 20_780, site: 17, role: 'doctor', operator: 4 },
  text: 'سكر تراكمي HbA1c، صائم',
  answers: null,
};
const ids = [1, 2, 3].map((n) => new Uint8Array(8).fill(n));
const [REQUEST_ID = new Uint8Array(8), RESULT_ID = new Uint8Array(8), LONG_ID = new Uint8Array(8)] = ids;
const RESULT: HealthContent = {
  ...{ kind: 'laboratory-result', day: 20_783, site: 21, role: 'laboratory', operator: 9 },
  text: 'HbA1c 7.2 %',
  answers: REQUEST_ID,
};
const LONG: HealthContent = { ...REQUEST, kind: 'history', text: 'ق'.repeat(56), site: 65_535, operator: 65_535 };
const sealed = (content: HealthContent, id: Uint8Array): Uint8Array =>
  sealRecord(content, { cardKey: secret('card'), owner: OWNER, signer: terminal, id });

/** What `health.json` holds besides its vectors: all keys are made up. */
export function healthKeys(): object {
  return {
    role: { secret: secret('role'), publicKey: role.publicKey },
    authority: { secret: secret('authority'), publicKey: authority.publicKey },
    terminal: { seed: secret('terminal'), publicKey: terminal.publicKey, keyId: terminal.keyId },
    card: {
      serial: OWNER.card,
      publicKey: OWNER.cardKey.publicKey,
      owner: cardKeyId(OWNER.cardKey),
      healthKey: secret('card'),
    },
  };
}

/** The wrapped key of the card, and records under it with what they say. */
export function validHealth(): object {
  const keys = { epoch: 1, rolePublicKey: role.publicKey, authorityPublicKey: authority.publicKey };
  const record = (name: string, shows: string, [content, id]: readonly [HealthContent, Uint8Array]) => ({
    ...{ name, shows, input: sealed(content, id), parts: { content: encodeContent(content) } },
    expected: { ...content, id },
  });
  return {
    wrapped: wrapCardKey(secret('card'), { owner: OWNER, keys, signer: terminal, random: seededRandom(7) }),
    records: [
      record('request', 'A request for laboratory work, of a doctor.', [REQUEST, REQUEST_ID]),
      record('result', 'Its result, days later and elsewhere: names the request that it answers.', [RESULT, RESULT_ID]),
      record('longest', 'The longest text there can be, in Arabic.', [LONG, LONG_ID]),
    ],
  };
}

/** Bytes that are no record of the card: all of them are left out of what is shown. */
export function refusedHealth(): object[] {
  const good = sealed(REQUEST, REQUEST_ID);
  const changed = (at: number, to: (byte: number) => number): Uint8Array => {
    const bytes = Uint8Array.from(good);
    bytes[at] = to(bytes[at] ?? 0);
    return bytes;
  };
  const of = (name: string, shows: string, input: Uint8Array) => ({ name, shows, input });
  const elsewhere = { cardKey: secret('card'), owner: { ...OWNER, card: OTHER_CARD }, signer: terminal };
  const otherKey = { cardKey: secret('role'), owner: OWNER, signer: terminal };
  return [
    of('empty', 'Nothing at all.', new Uint8Array(0)),
    of('head-alone', 'Version and id, and nothing sealed.', good.subarray(0, 9)),
    of('cut', 'The last byte is missing.', good.subarray(0, -1)),
    of(
      'version',
      'A version that is not known.',
      changed(0, () => 2),
    ),
    of(
      'id',
      'A bit of the id: another key and nonce.',
      changed(3, (byte) => byte ^ 1),
    ),
    of(
      'sealed',
      'A bit of what is sealed.',
      changed(40, (byte) => byte ^ 0x80),
    ),
    of(
      'other-card',
      'A record of another card, sealed under the same key.',
      sealRecord(REQUEST, { ...elsewhere, id: REQUEST_ID }),
    ),
    of('other-key', 'A record under another key.', sealRecord(REQUEST, { ...otherKey, id: REQUEST_ID })),
  ];
}

/** One event of each kind that health records have, and one that tells that a card has not taken a record yet. */
export function healthEvents(now: number): (readonly [shows: string, event: WaslEvent])[] {
  const copy = (content: HealthContent, id: Uint8Array): Uint8Array =>
    sealCopy({ card: OWNER.card, id, content }, authority.publicKey, seededRandom(9));
  return [
    [
      'A doctor opened the health records of a card.',
      {
        ...{ type: 'health-opened', time: now + 100, card: OWNER.card, operator: 4, role: 'doctor', count: 3 },
        reason: 'treatment',
      },
    ],
    [
      'A request for laboratory work was written to the card.',
      {
        ...{ type: 'health-added', time: now + 105, card: OWNER.card, id: REQUEST_ID, kind: REQUEST.kind },
        ...{ day: REQUEST.day, site: REQUEST.site, operator: 4, answers: null, isOnCard: true },
        body: copy(REQUEST, REQUEST_ID),
      },
    ],
    [
      'Its result: the card left before it had taken it.',
      {
        ...{ type: 'health-added', time: now + 110, card: OWNER.card, id: RESULT_ID, kind: RESULT.kind },
        ...{ day: RESULT.day, site: RESULT.site, operator: 9, answers: REQUEST_ID, isOnCard: false },
        body: copy(RESULT, RESULT_ID),
      },
    ],
  ];
}
