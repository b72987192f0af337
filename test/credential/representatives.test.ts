/** Who may collect for a holder, on the card and in an endorsement: read back, and within the room of every medium. */
import { describe, expect, it } from 'vitest';
import { changeOfRow, parseChanges } from '../../agent/cards/changes.js';
import { type CardOrder, claimsOf, orderOfRow, parseOrder, reductionsOf } from '../../agent/cards/order.js';
import { decodeClaims, encodeClaims } from '../../agent/credential/cwt.js';
import { ENDORSEMENT_BYTES_MAX, endorsedClaims, issueEndorsement } from '../../agent/credential/endorsement.js';
import { issueCredential } from '../../agent/credential/issue.js';
import { ntagLayout } from '../../drivers/media/ntag21x.js';
import { claims, NOW, signerOf, UID } from '../support/people.js';

const issuer = signerOf(1);
/** The largest serials that take five bytes. */
const THREE = [4_294_967_293, 4_294_967_294, 4_294_967_295];
const PAGE_BYTES = 4;
/** What a tag has around its credential: at most so much, and on the smallest one exactly this. */
const NDEF_BYTES = 40;
const SHORT_NDEF_BYTES = 6;

const ORDER = {
  ...{ card: 100_001, household: 70_001, householdSize: 5, draws: 3 },
  identity: { id: '9000000100001', language: 'ara', fullName: 'نادية عبد الفتاح سليمان' },
  expires: '2033-01-01',
};

function order(more: object = {}): CardOrder {
  return parseOrder({ ...ORDER, ...more }, 'the order');
}

describe('representatives on a card', () => {
  it('are read back; nobody leaves the bytes as they were before there were any', () => {
    const named = claims({ representatives: THREE });
    expect(decodeClaims(encodeClaims(named))).toEqual({ ok: true, claims: named });
    expect(encodeClaims(claims({ representatives: [] }))).toEqual(encodeClaims(claims()));
  });

  it('cost eighteen bytes at most, and fit beside a full name on every tag that has a name', () => {
    const more =
      issueCredential(claims({ representatives: THREE }), issuer).length - issueCredential(claims(), issuer).length;
    expect(more).toBeLessThanOrEqual(18);
    // The smallest one says hardly more than a serial: one representative beside it.
    for (const [kind, named] of [
      ['ntag216', THREE],
      ['ntag215', THREE],
      ['ntag213', [4_294_967_295]],
    ] as const) {
      const { layout, credentialPages } = ntagLayout(kind);
      const full = claimsOf(order({ representatives: [...named] }), { layout, uid: UID }, NOW);
      const room = credentialPages * PAGE_BYTES - (kind === 'ntag213' ? SHORT_NDEF_BYTES : NDEF_BYTES);
      const first = reductionsOf(full).find((one) => issueCredential(one.claims, issuer).length <= room);
      expect([kind, first?.claims.entitlements.representatives]).toEqual([kind, named]);
    }
  });

  it('are left out, and said to be, only where there is no room on the smallest tag', () => {
    const full = claimsOf(order({ representatives: THREE }), { layout: ntagLayout('ntag213').layout, uid: UID }, NOW);
    const [last, before] = [...reductionsOf(full)].reverse();
    expect(last?.leftOut).toEqual([...(before?.leftOut ?? []), 'representatives']);
    expect(last?.claims.entitlements).not.toHaveProperty('representatives');
  });
});

describe('representatives in an endorsement', () => {
  it('fit it beside a new end and members of the household, and replace those before', () => {
    const before = claims({ representatives: [1] });
    const changes = { representatives: THREE, draws: 2, householdSize: 4 };
    const endorsement = { number: 3, issuedAt: NOW, expiresAt: NOW + 9, changes };
    const of = { credential: issueCredential(before, issuer), owner: { uid: UID, card: 4711 } };
    expect(issueEndorsement(endorsement, of, issuer).length).toBeLessThanOrEqual(ENDORSEMENT_BYTES_MAX);
    expect(endorsedClaims(before, endorsement).entitlements.representatives).toEqual(THREE);
    const four = { ...endorsement, changes: { representatives: [1, 2, 3, 4] } };
    expect(() => issueEndorsement(four, of, issuer)).toThrowError(
      expect.objectContaining({ code: 'ERR_ENDORSEMENT_FORMAT' }),
    );
  });
});

describe('representatives in words', () => {
  const row = (cells: Readonly<Record<string, string>>): ReadonlyMap<string, string> => new Map(Object.entries(cells));
  const orderRow = (representatives: string): CardOrder =>
    orderOfRow(
      row({
        ...{ card: '100001', household: '70001', household_size: '5', draws: '3', id: '9000000100001' },
        ...{ language: 'ara', full_name: 'نادية عبد الفتاح', expires: '2033-01-01', representatives },
      }),
      'line 2',
    );

  it('are a column of the orders, and left out where it is empty', () => {
    expect(orderRow('100002/100003').representatives).toEqual([100_002, 100_003]);
    expect(orderRow('')).not.toHaveProperty('representatives');
  });

  it.each([
    ['more than three', '1/2/3/4'],
    ['one twice', '100002/100002'],
    ['the holder', '100002/100001'],
    ['a word', '100002/mother'],
  ])('are no order with %s', (_what, cell) => {
    expect(() => orderRow(cell)).toThrowError(expect.objectContaining({ code: 'ERR_ORDER' }));
  });

  it('are a change of a card, and none takes them away', () => {
    expect(parseChanges({ set: ['representatives=100002/100003'] }).changes).toEqual({
      representatives: [100_002, 100_003],
    });
    expect(changeOfRow(row({ card: '100001', representatives: 'none' }), 'line 2')).toMatchObject({
      changes: { representatives: [] },
    });
    for (const value of ['', '1/2/3/4', '7/7', 'mother'])
      expect(() => parseChanges({ set: [`representatives=${value}`] })).toThrowError(
        expect.objectContaining({ code: 'ERR_USAGE' }),
      );
  });
});
