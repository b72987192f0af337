/** What each tag has room for, and the area of an endorsement. */
import { describe, expect, it } from 'vitest';
import { WaslError } from '../../../agent/domain/errors.js';
import { decodeArea, encodeArea } from '../../../drivers/media/endorsement-area.js';
import { openMedium } from '../../../drivers/media/open.js';
import { makeTag, presentedCard } from '../../../simulators/cards/media.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { DAY, firstPerson, ISSUER } from '../../support/desk.js';
import { NOW } from '../../support/people.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };

describe('the credential budget', () => {
  it.each([
    ['ntag216', 200, 326, true],
    ['ntag215', 150, 249, true],
    ['ntag213', 110, 138, false],
  ] as const)('of an %s is kept', async (kind, least, most, hasLedger) => {
    const session = await openMedium(presentedCard(await makeTag(kind, order)), { canWrite: true });
    const length = session.credential.form === 'bytes' ? session.credential.bytes.length : 0;
    expect(session.kind).toBe(kind);
    expect(length).toBeGreaterThan(least);
    expect(length).toBeLessThanOrEqual(most);
    expect(session.ledgers.length > 0).toBe(hasLedger);
  });

  it('a tag that is smaller than all of ours is not supported, rather than broken', async () => {
    const tag = SimulatedNtag21x.blank('ntag213', Uint8Array.of(4, 1, 2, 3, 4, 5, 6));
    const small = {
      kind: 'pages',
      uid: tag.uid,
      readPages: async (first: number, count: number) => {
        if (first + count > 20) throw new WaslError('ERR_CARD_IO');
        return Uint8Array.from({ length: count * 4 }, (_, i) => [0xe1, 0x10, 0x06, 0x00][i] ?? 0);
      },
      writePage: async () => {},
    } as const;
    await expect(openMedium(small, { canWrite: true })).rejects.toMatchObject({ code: 'ERR_CARD_UNSUPPORTED' });
  });
});

describe('the area of an endorsement', () => {
  const area = encodeArea(Uint8Array.from({ length: 110 }, (_, i) => i));

  it('gives back what was written, and nothing for zeros', () => {
    expect(decodeArea(area)).toEqual({ state: 'bytes', bytes: Uint8Array.from({ length: 110 }, (_, i) => i) });
    expect(decodeArea(new Uint8Array(136))).toEqual({ state: 'none' });
  });

  it('is damaged when any bit of it is another one, but where nothing is left of its head', () => {
    for (let bit = 0; bit < area.length * 8; bit += 1) {
      const read = decodeArea(area.with(bit >> 3, (area[bit >> 3] ?? 0) ^ (1 << (bit & 7))));
      expect(read.state, `bit ${bit}`).toBe('damaged');
    }
  });
});
