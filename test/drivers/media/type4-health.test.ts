/** The health records of a smart card: kept apart, appended once, torn or whole, and left out where there is no room. */
import { describe, expect, it } from 'vitest';
import { HEALTH_RECORDS_FILE, verifyCardProof } from '../../../agent/credential/card-proof.js';
import { HEALTH_RECORDS_MAX } from '../../../agent/domain/health-record.js';
import { openMedium } from '../../../drivers/media/open.js';
import type { HealthRecordStore } from '../../../drivers/medium.js';
import { makeSmartCard, presentedCard } from '../../../simulators/cards/media.js';
import { SimulatedType4 } from '../../../simulators/cards/type4.js';
import { DAY, firstPerson, freshCard, ISSUER } from '../../support/desk.js';
import { NOW } from '../../support/people.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
const CHALLENGE = new Uint8Array(16).fill(9);
const record = (n: number, length = 200): Uint8Array => new Uint8Array(length).fill(n);

async function storeOf(card: SimulatedType4): Promise<HealthRecordStore> {
  const { healthRecords } = await openMedium(presentedCard(card), { canWrite: true });
  if (healthRecords === undefined) throw new Error('the card has no room for health records');
  return healthRecords;
}

describe('health records on a smart card', () => {
  it('stand apart from its ledgers, newest first, and are proven with their own counter', async () => {
    const card = await makeSmartCard(order);
    const before = card.records;
    const store = await storeOf(card);
    await store.append(record(1));
    await store.append(record(2));
    expect(await store.readRecords()).toEqual([record(2), record(1)]);
    expect(card.records).toEqual(before);
    const proof = await store.prove(CHALLENGE);
    const at = { challenge: CHALLENGE, record: record(2) };
    expect(proof.counter).toBe(2);
    expect(verifyCardProof(card.key, proof, { ...at, file: HEALTH_RECORDS_FILE })).toBe(true);
    expect(verifyCardProof(card.key, proof, { ...at, family: 1 })).toBe(false);
    expect(verifyCardProof(card.key, proof, { ...at, family: 2 })).toBe(false);
    expect(verifyCardProof(card.key, proof, { challenge: CHALLENGE, record: record(1), file: 9 })).toBe(false);
  });

  it('of a card without any are proven by its first ledger', async () => {
    const card = await makeSmartCard(order);
    const store = await storeOf(card);
    expect(await store.readRecords()).toEqual([]);
    const proof = await store.prove(CHALLENGE);
    const newest = card.records[0] ?? new Uint8Array(0);
    expect(verifyCardProof(card.key, proof, { challenge: CHALLENGE, record: newest, family: 1 })).toBe(true);
  });

  it('are appended once, however often they are written', async () => {
    const card = await makeSmartCard(order);
    const store = await storeOf(card);
    await store.append(record(1));
    await store.append(record(1));
    expect(card.healthRecords).toMatchObject({ counter: 1, records: [record(1)] });
  });

  it('are the newest of so many: the oldest leaves', async () => {
    const card = await makeSmartCard(order);
    const store = await storeOf(card);
    for (let n = 0; n <= HEALTH_RECORDS_MAX; n += 1) await store.append(record(n, 20));
    const standing = await store.readRecords();
    expect(standing).toHaveLength(HEALTH_RECORDS_MAX);
    expect(standing.at(-1)).toEqual(record(1, 20));
    expect(await store.prove(CHALLENGE)).toMatchObject({ counter: HEALTH_RECORDS_MAX + 1 });
  });

  it('torn in any byte but the last are not there; in the last one they are or not, for good', async () => {
    const bytes = 40;
    for (let byte = 0; byte <= bytes + 4; byte += 1) {
      for (const commit of ['old', 'new'] as const) {
        const card = await makeSmartCard(order);
        const store = await storeOf(card);
        await store.append(record(1, bytes));
        card.tearAt(byte, { commit });
        await expect(store.append(record(2, bytes))).rejects.toMatchObject({ code: 'ERR_CARD_LOST' });
        const isThere = byte === bytes + 4 && commit === 'new';
        const again = await storeOf(card);
        expect(await again.readRecords()).toHaveLength(isThere ? 2 : 1);
        await again.append(record(2, bytes));
        expect(await again.readRecords()).toEqual([record(2, bytes), record(1, bytes)]);
      }
    }
  });

  it('keep their wrapped key in a file that is written whole or not at all', async () => {
    const card = await makeSmartCard(order);
    const store = await storeOf(card);
    expect(await store.readKey()).toEqual(new Uint8Array(0));
    await store.writeKey(record(7, 245));
    expect(await store.readKey()).toEqual(record(7, 245));
    card.tearAt(100, { commit: 'old' });
    await expect(store.writeKey(record(8, 245))).rejects.toMatchObject({ code: 'ERR_CARD_LOST' });
    expect(await (await storeOf(card)).readKey()).toEqual(record(7, 245));
  });

  it('longer than a command are refused before anything is sent', async () => {
    const card = await makeSmartCard(order);
    const store = await storeOf(card);
    await expect(store.append(record(1, 256))).rejects.toMatchObject({ code: 'ERR_HEALTH_ROOM' });
    await expect(store.writeKey(record(1, 256))).rejects.toMatchObject({ code: 'ERR_HEALTH_ROOM' });
    expect(card.healthRecords?.counter).toBe(0);
  });

  it('a card that counts otherwise than was written is not believed', async () => {
    const card = await makeSmartCard(order);
    const store = await storeOf(card);
    await store.append(record(1));
    card.transmit(Uint8Array.of(0x00, 0xe2, 0x00, HEALTH_RECORDS_FILE << 3, 0x01, 0x00));
    await expect(store.prove(CHALLENGE)).rejects.toMatchObject({ code: 'ERR_CARD_PROOF' });
  });
});

describe('a card without room for health records', () => {
  it('is served as ever: one of an earlier file, of version 1, or a tag', async () => {
    const kept = { ...(await makeSmartCard(order)).toJSON() };
    delete kept.healthRecords;
    const cards = [
      SimulatedType4.fromJSON(kept),
      await makeSmartCard(order, { algorithm: 'EdDSA', pin: null, version: 1 }),
      await freshCard(),
    ];
    for (const card of cards) {
      const session = await openMedium(presentedCard(card), { canWrite: true });
      expect(session.healthRecords).toBeUndefined();
      expect(session.ledgers.length).toBeGreaterThan(0);
    }
  });

  it('has none of its files either', () => {
    const card = SimulatedType4.blank({
      ...{ uid: Uint8Array.of(8, 1, 2, 3), algorithm: 'EdDSA', secret: new Uint8Array(32).fill(3), pin: null },
      healthRecords: false,
    });
    card.powerCycle();
    card.transmit(Uint8Array.of(0x00, 0xa4, 0x04, 0x00, 6, 0xf0, 0x57, 0x41, 0x53, 0x4c, 0x01, 0));
    for (const command of [
      [0x00, 0xb0, 0x8a, 0, 0],
      [0x00, 0xd6, 0x8a, 0, 1, 1],
      [0x00, 0xb2, 1, (9 << 3) | 4, 0],
      [0x00, 0xe2, 0, 9 << 3, 1, 1],
    ])
      expect(card.transmit(Uint8Array.from(command))).toEqual(Uint8Array.of(0x6a, 0x82));
  });
});

it('a card in a file keeps its health records', async () => {
  const card = await makeSmartCard(order);
  const store = await storeOf(card);
  await store.append(record(1));
  await store.writeKey(record(7, 10));
  const again = SimulatedType4.fromJSON(JSON.parse(JSON.stringify(card.toJSON())));
  expect(again.healthRecords).toEqual(card.healthRecords);
});
