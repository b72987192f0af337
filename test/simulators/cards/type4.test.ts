/** The simulated smart card against ISO/IEC 7816-4 and the applet of `docs/formats/card.md`. */
import { describe, expect, it } from 'vitest';
import { verifyCardProof } from '../../../agent/credential/card-proof.js';
import { splitAnswer } from '../../../drivers/media/type4-apdu.js';
import { makeSmartCard } from '../../../simulators/cards/media.js';
import { SimulatedType4 } from '../../../simulators/cards/type4.js';
import { DAY, firstPerson, ISSUER } from '../../support/desk.js';
import { NOW } from '../../support/people.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
const APPLET = '00 A4 04 00 06 F0 57 41 53 4C 01 00';
const NDEF = '00 A4 04 00 07 D2 76 00 00 85 01 01 00';

function send(card: SimulatedType4, hex: string): { data: string; status: string } | null {
  const answer = card.transmit(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')));
  if (answer === null) return null;
  const { data, status } = splitAnswer(answer);
  return { data: Buffer.from(data).toString('hex'), status: status.toString(16) };
}

async function card(algorithm: 'EdDSA' | 'ES256' = 'EdDSA', pin: string | null = null): Promise<SimulatedType4> {
  const made = await makeSmartCard(order, { algorithm, pin });
  made.powerCycle();
  return made;
}

describe('the applet', () => {
  it('is found by its name alone, and nothing works before it is selected', async () => {
    const one = await card();
    expect(send(one, '00 B0 81 00 10')).toMatchObject({ status: '6985' });
    expect(send(one, '00 A4 04 00 06 F0')).toMatchObject({ status: '6700' });
    expect(send(one, '00 A4 04 00 06 F0 57 41 53 4C 02 00')).toMatchObject({ status: '6a82' });
    expect(send(one, APPLET)).toMatchObject({
      status: '9000',
      data: expect.stringMatching(/^6f268406f05741534c0185180201/),
    });
    expect(send(one, '80 B0 81 00 10')).toMatchObject({ status: '6e00' });
    expect(send(one, '00 FE 00 00')).toMatchObject({ status: '6d00' });
  });

  it('gives its credential in pieces, and takes no other once it is active', async () => {
    const one = await card();
    send(one, APPLET);
    const first = send(one, '00 B0 81 00 40');
    expect(first?.data).toMatch(/^d284/);
    expect(send(one, '00 B0 01 00 04')).toMatchObject({ status: '9000' });
    expect(send(one, '00 B0 7F 00 04')).toMatchObject({ status: '6b00' });
    expect(send(one, '00 D6 81 00 01 00')).toMatchObject({ status: '6982' });
    expect(send(one, '00 B0 85 00 04')).toMatchObject({ status: '6a82' });
  });

  it('appends records, newest first, and counts them itself', async () => {
    const one = await card();
    send(one, APPLET);
    expect(one.counter).toBe(2);
    expect(send(one, '00 E2 00 18 03 AA BB CC')).toMatchObject({ status: '9000' });
    expect(send(one, '00 B2 01 1C 00')).toEqual({ data: 'aabbcc', status: '9000' });
    expect(send(one, '00 B2 04 1C 00')).toMatchObject({ status: '6a83' });
    expect(send(one, '00 DC 01 1C 03 00 00 00')).toMatchObject({ status: '6d00' });
    for (let i = 0; i < 20; i += 1) send(one, `00 E2 00 18 01 ${i.toString(16).padStart(2, '0')}`);
    expect(one.counter).toBe(23);
    expect(one.records.length).toBe(16);
  });

  it('keeps the ledgers of its families apart, in files with counters of their own', async () => {
    const one = await card();
    send(one, APPLET);
    expect(send(one, '00 E2 00 20 03 AA BB CC')).toMatchObject({ status: '9000' });
    expect(send(one, '00 B2 01 24 00')).toEqual({ data: 'aabbcc', status: '9000' });
    expect([one.counter, one.ledger(2)?.counter]).toEqual([2, 3]);
    expect(send(one, '00 B2 01 2C 00')).toMatchObject({ status: '6a82' });
    expect(send(one, '00 E2 00 28 03 AA BB CC')).toMatchObject({ status: '6a82' });
    expect(send(one, `00 88 00 00 10 ${'00'.repeat(16)} 00`)).toMatchObject({ status: '6b00' });
    expect(send(one, APPLET)?.data).toMatch(/0400000003030900000000008602..ff$/);
  });

  it('of version 1 has one ledger, and proves it in the form of version 1', async () => {
    const one = await makeSmartCard(order, { algorithm: 'EdDSA', pin: null, version: 1 });
    one.powerCycle();
    expect(send(one, APPLET)?.data).toMatch(/^6f168406f05741534c01850c0101/);
    expect(send(one, '00 B2 01 24 00')).toMatchObject({ status: '6a82' });
    expect(send(one, `00 88 00 03 10 ${'00'.repeat(16)} 00`)).toMatchObject({ status: '6b00' });
    expect(send(one, `00 88 00 00 10 ${'00'.repeat(16)} 00`)).toMatchObject({ status: '9000' });
  });

  it('that was kept in a file before there were families is one of version 1', async () => {
    const one = await makeSmartCard(order, { algorithm: 'EdDSA', pin: null, version: 1 });
    const { version: _version, ...old } = one.toJSON();
    expect('health' in old).toBe(false);
    const again = SimulatedType4.fromJSON(old);
    expect(again.ledger(2)).toBeNull();
    expect(again.toJSON()).toEqual(one.toJSON());
  });

  it.each(['EdDSA', 'ES256'] as const)('proves its newest record with %s', async (algorithm) => {
    const one = await card(algorithm);
    send(one, APPLET);
    const challenge = Uint8Array.from({ length: 16 }, (_, i) => i);
    const answer = send(one, `00 88 00 03 10 ${Buffer.from(challenge).toString('hex')} 00`);
    const bytes = Uint8Array.from(Buffer.from(answer?.data ?? '', 'hex'));
    const proof = { counter: 2, file: 3, signature: bytes.subarray(4) };
    const [record = new Uint8Array(0)] = one.records;
    expect(bytes.length).toBe(68);
    expect(verifyCardProof(one.key, proof, { challenge, record, family: 1 })).toBe(true);
    expect(verifyCardProof(one.key, { ...proof, counter: 3 }, { challenge, record, family: 1 })).toBe(false);
    expect(verifyCardProof(one.key, proof, { challenge: challenge.with(0, 9), record, family: 1 })).toBe(false);
    expect(verifyCardProof(one.key, proof, { challenge, record: record.with(9, 9), family: 1 })).toBe(false);
    expect(
      verifyCardProof(one.emulation(new Uint8Array(32).fill(9)).key, proof, { challenge, record, family: 1 }),
    ).toBe(false);
  });

  it('counts wrong PINs before it compares, blocks at none left, and forgets them at a right one', async () => {
    const one = await card('EdDSA', '4711');
    send(one, APPLET);
    const pin = (digits: string): string | undefined =>
      send(one, `00 20 00 01 08 ${Buffer.from(digits).toString('hex').padEnd(16, 'f')}`)?.status;
    expect([pin('0000'), pin('4711'), pin('1'), pin('2'), pin('3'), pin('4711')]).toEqual([
      '63c2',
      '9000',
      '63c2',
      '63c1',
      '6983',
      '6983',
    ]);
    const again = SimulatedType4.fromJSON(JSON.parse(JSON.stringify(one)));
    send(again, APPLET);
    expect(send(again, '00 20 00 01')).toMatchObject({ status: '6983' });
  });

  it('shows the credential to a phone, and lets it write nothing', async () => {
    const one = await card();
    send(one, NDEF);
    expect(send(one, '00 A4 00 0C 02 E1 03')).toMatchObject({ status: '9000' });
    expect(send(one, '00 B0 00 00 0F')).toEqual({ data: '000f2000ff00ff0406e104080000ff', status: '9000' });
    send(one, '00 A4 00 0C 02 E1 04');
    const head = send(one, '00 B0 00 00 0A');
    expect(head?.data.slice(4, 8)).toMatch(/^(d2|c2)0f$/);
    expect(send(one, '00 D6 00 00 02 00 00')).toMatchObject({ status: '6982' });
    expect(send(one, '00 E2 00 18 01 00')).toMatchObject({ status: '6d00' });
  });
});

describe('faults of a smart card', () => {
  it('a write torn in any byte but the last leaves it as it was; in the last one it is there or not, for good', async () => {
    const original = await card();
    const state = JSON.stringify(original);
    const record = '11'.repeat(20);
    for (let byte = 0; byte < 25; byte += 1) {
      for (const commit of ['old', 'new'] as const) {
        const one = SimulatedType4.fromJSON(JSON.parse(state));
        one.powerCycle();
        send(one, APPLET);
        one.tearAt(byte, { commit });
        expect(send(one, `00 E2 00 18 14 ${record}`)).toBeNull();
        expect(send(one, APPLET)).toBeNull();
        one.powerCycle();
        send(one, APPLET);
        const isThere = byte === 24 && commit === 'new';
        expect([one.counter, send(one, '00 B2 01 1C 00')?.data === record]).toEqual([isThere ? 3 : 2, isThere]);
      }
    }
  });

  it('the field drops, and a wrong status word is answered, when they are planned', async () => {
    const one = await card();
    one.loseFieldAfter(1);
    expect(send(one, APPLET)).not.toBeNull();
    expect(send(one, APPLET)).toBeNull();
    one.powerCycle();
    send(one, APPLET);
    one.answerWith(0, 0x6581);
    expect(send(one, '00 E2 00 18 01 00')).toEqual({ data: '', status: '6581' });
    expect(one.counter).toBe(2);
  });

  it('is saved as JSON that a person can edit, and every mistake in it is named', async () => {
    const one = await card('ES256', '1234');
    const json: unknown = JSON.parse(JSON.stringify(one));
    expect(JSON.stringify(SimulatedType4.fromJSON(json))).toBe(JSON.stringify(one));
    const wrong = { ...(json as object), pin: '12', counter: -1, extra: 1 };
    expect(() => SimulatedType4.fromJSON(wrong)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
    expect(() => SimulatedType4.fromJSON(wrong)).toThrow(/pin[\s\S]*counter/);
  });
});
