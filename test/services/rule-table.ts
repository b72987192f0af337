/** Tables of what rules hold and refuse: each row is decided on, and explained, and both say the same. */
import { expect, test } from 'vitest';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { decide } from '../../agent/services/decide.js';
import { explain } from '../../agent/services/explain.js';
import type { ServiceRequest } from '../../agent/services/service.js';
import { type Change, snapshotOf } from './desk.js';

/** One loaf. */
export const LOAF: ServiceRequest = { items: [{ commodity: 1, quantity: 1 }] };

/** What is changed, what refuses it (null where it is granted), and what is asked for (one loaf where absent). */
export type Row = readonly [
  what: string,
  change: Change,
  refused: readonly [ErrorCode, string] | null,
  request?: ServiceRequest,
];

/** One test for each row. */
export function tell(rows: readonly Row[]): void {
  const named = rows.map(([what, change, refused, request = LOAF]) => ({ what, change, refused, request }));
  test.each(named)('$what', ({ change, refused, request }) => {
    const snapshot = snapshotOf(change);
    const decision = decide(snapshot, request);
    const verdicts = explain(snapshot, request);
    const broken = verdicts.find(({ holds }) => !holds);
    if (refused === null) {
      expect(broken).toBeUndefined();
      expect(decision).toMatchObject({ outcome: 'grant', items: request.items });
      return;
    }
    const [reason, rule] = refused;
    expect(decision).toMatchObject({ outcome: 'refuse', reason, rule });
    expect(broken).toMatchObject({ reason, rule });
  });
}
