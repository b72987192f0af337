/** The vault: what opens, for whom, and what does not. */
import { describe, expect, it } from 'vitest';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { HEALTH_TEXT_BYTES_MAX } from '../../agent/domain/health-record.js';
import { openBox, readWrappedKey } from '../../agent/health/card-key.js';
import { openCopy } from '../../agent/health/copy.js';
import { openHealthKeys, sealHealthKeys } from '../../agent/health/keys.js';
import { SEALED_RECORD_BYTES_MAX, unsealRecord } from '../../agent/health/record.js';
import { terminalSealKey } from '../../agent/roster/sealed-roster.js';
import { seededRandom } from '../journal/samples.js';
import { signerOf } from '../support/people.js';
import { AUTHORITY, EPOCH_ONE, EPOCH_TWO, KEYS, KEYS_TWO, OTHER, OWNER, REQUEST, vaultOf } from './samples.js';

const longest = 'ق'.repeat(HEALTH_TEXT_BYTES_MAX / 2);

describe('a health record', () => {
  it('comes back as it was written, confirmed by the terminal that signed it', () => {
    const mine = vaultOf().begin(OWNER);
    const { id, image } = mine.seal(REQUEST);
    expect(mine.unseal(image)).toEqual({ ...REQUEST, id, isConfirmed: true });
  });

  it('shows nothing of itself: neither text nor kind, day, role, nor who signed it', () => {
    const mine = vaultOf().begin(OWNER);
    const { image } = mine.seal(REQUEST);
    const bytes = Buffer.from(image);
    for (const part of [REQUEST.text, 'HbA1c', 'doctor']) expect(bytes.includes(part)).toBe(false);
    expect(bytes.includes(Buffer.from(signerOf(11).keyId))).toBe(false);
    // Two of the same content have nothing in common but the version.
    const again = mine.seal(REQUEST).image;
    expect(image.subarray(1, 9)).not.toEqual(again.subarray(1, 9));
    expect(image.subarray(9)).not.toEqual(again.subarray(9));
  });

  it('holds its longest text in one command of the card, with all else at its widest', () => {
    const widest = { day: 4_000_000, site: 0xffff_ffff, role: 'r'.repeat(16), operator: 65_535 };
    const { image } = vaultOf()
      .begin({ ...OWNER, card: Number.MAX_SAFE_INTEGER })
      .seal({ ...REQUEST, ...widest, text: longest, answers: new Uint8Array(8) });
    expect(image.length).toBeLessThanOrEqual(SEALED_RECORD_BYTES_MAX);
  });

  it.each([
    ['a text that is too long', `${longest}ق`],
    ['no text', ''],
    ['two lines', 'one\ntwo'],
    ['characters that rearrange a screen', 'a\u202eb'],
  ])('refuses %s', (_what, text) => {
    const mine = vaultOf().begin(OWNER);
    expect(() => mine.seal({ ...REQUEST, text })).toThrow(expect.objectContaining({ code: 'ERR_HEALTH_ROOM' }));
  });

  it('opens under no other card, and not with a byte changed anywhere', () => {
    const mine = vaultOf().begin(OWNER);
    const { image } = mine.seal(REQUEST);
    const wrapped = mine.wrapped();
    const read = readWrappedKey(wrapped, OWNER);
    const cardKey = read === null ? null : openBox(read.roleBox, [EPOCH_ONE.key]);
    if (cardKey === null) throw new Error('the key of the role does not open the card');
    expect(unsealRecord(image, { cardKey, owner: OWNER })).not.toBeNull();
    expect(unsealRecord(image, { cardKey, owner: OTHER })).toBeNull();
    for (let at = 0; at < image.length; at += 1) {
      const changed = Uint8Array.from(image);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(mine.unseal(changed)).toBeNull();
    }
    expect(mine.unseal(image.subarray(0, -1))).toBeNull();
    expect(mine.unseal(new Uint8Array(0))).toBeNull();
  });

  it('is not confirmed where its terminal is of a kind of site that does not write such records, or not known', () => {
    const wrapped = vaultOf().begin(OWNER).wrapped();
    const sealedBy = (seed: number) => vaultOf(KEYS, signerOf(seed)).open(OWNER, wrapped)?.seal(REQUEST).image;
    const reader = vaultOf().open(OWNER, wrapped);
    const confirmed = [11, 12, 13, 99].map((seed) => reader?.unseal(sealedBy(seed) ?? new Uint8Array(0))?.isConfirmed);
    expect(confirmed).toEqual([true, false, false, false]);
  });
});

describe('the key of a card', () => {
  it('is opened by the role, by the health authority, and by nobody else', () => {
    const wrapped = vaultOf().begin(OWNER).wrapped();
    const read = readWrappedKey(wrapped, OWNER);
    if (read === null) throw new Error('the wrapped key cannot be read');
    const byRole = openBox(read.roleBox, [EPOCH_ONE.key]);
    expect(openBox(read.authorityBox, [AUTHORITY])).toEqual(byRole);
    expect(openBox(read.roleBox, [AUTHORITY, EPOCH_TWO.key])).toBeNull();
    expect(vaultOf(null).open(OWNER, wrapped)).toBeNull();
    expect(wrapped.length).toBeLessThanOrEqual(255);
  });

  it('that somebody without a certificate for it put on the card opens, and is not trusted', () => {
    const planted = vaultOf(KEYS, signerOf(13)).begin(OWNER).wrapped();
    expect(vaultOf().open(OWNER, planted)?.isTrusted).toBe(false);
    const moved = vaultOf().begin(OTHER).wrapped();
    expect(vaultOf().open(OWNER, moved)?.isTrusted).toBe(false);
    expect(vaultOf().open(OWNER, vaultOf().begin(OWNER).wrapped())?.isTrusted).toBe(true);
  });

  it('is wrapped anew under a new epoch; who has the old key alone opens it no more', () => {
    const { image } = vaultOf().begin(OWNER).seal(REQUEST);
    expect(image.length).toBeGreaterThan(0);
    const first = vaultOf().begin(OWNER);
    const record = first.seal(REQUEST).image;
    const opened = vaultOf(KEYS_TWO).open(OWNER, first.wrapped());
    expect(opened?.epoch).toBe(1);
    const again = opened?.wrapped() ?? new Uint8Array(0);
    expect(vaultOf(KEYS).open(OWNER, again)).toBeNull();
    expect(vaultOf(KEYS_TWO).open(OWNER, again)?.unseal(record)?.text).toBe(REQUEST.text);
  });

  it('is none in bytes that are cut, changed in shape, or empty', () => {
    const wrapped = vaultOf().begin(OWNER).wrapped();
    for (const bytes of [new Uint8Array(0), wrapped.subarray(0, 100), Uint8Array.of(0x80)])
      expect(vaultOf().open(OWNER, bytes)).toBeNull();
  });
});

describe('the centre’s copy', () => {
  it('opens with the key of the health authority alone', () => {
    const id = new Uint8Array(8).fill(3);
    const sealed = vaultOf().forAuthority(OWNER, { id, content: REQUEST });
    expect(openCopy(sealed, [AUTHORITY])).toEqual({ card: OWNER.card, id, content: REQUEST });
    expect(openCopy(sealed, [EPOCH_ONE.key])).toBeNull();
    expect(Buffer.from(sealed).includes('HbA1c')).toBe(false);
    expect(() => vaultOf(null).forAuthority(OWNER, { id, content: REQUEST })).toThrow(
      expect.objectContaining({ code: 'ERR_HEALTH_KEY' }),
    );
  });
});

describe('the keys of the roles on their way to terminals', () => {
  const authority = signerOf(2);
  const verifier = verifierFromKey(authority.publicKey);
  const terminal = terminalSealKey(new Uint8Array(32).fill(11), signerOf(11).publicKey);
  const sealed = sealHealthKeys(KEYS_TWO, { authority, terminals: [signerOf(11).publicKey] }, seededRandom(3));

  it('open at a terminal that they are sealed to', () => {
    expect(openHealthKeys(sealed, terminal, verifier)).toEqual(KEYS_TWO);
  });

  it('open at no other terminal, and are believed from nobody else', () => {
    const other = terminalSealKey(new Uint8Array(32).fill(12), signerOf(12).publicKey);
    expect(() => openHealthKeys(sealed, other, verifier)).toThrow(expect.objectContaining({ code: 'ERR_LIST_FORMAT' }));
    const stranger = verifierFromKey(signerOf(3).publicKey);
    expect(() => openHealthKeys(sealed, terminal, stranger)).toThrow(
      expect.objectContaining({ code: 'ERR_LIST_SIGNATURE' }),
    );
  });

  it('are refused with epochs out of order', () => {
    const wrong = { ...KEYS_TWO, epochs: [EPOCH_ONE, EPOCH_TWO] as const };
    expect(() => sealHealthKeys(wrong, { authority, terminals: [authority.publicKey] }, seededRandom(3))).toThrow(
      expect.objectContaining({ code: 'ERR_LIST_FORMAT' }),
    );
  });
});
