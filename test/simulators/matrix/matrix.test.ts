/** The tear matrix in its reduced form: every medium, every attack, every kind of weak bit, one byte in ten. `npm run matrix` tries all of them. */
import { describe, expect, it } from 'vitest';
import { runMatrix } from '../../../simulators/matrix/matrix.js';
import { MATRIX_MEDIA } from '../../../simulators/matrix/media.js';

const MINUTES_MS = 60_000;

describe('a service torn in any byte', { timeout: 8 * MINUTES_MS }, () => {
  it.each(MATRIX_MEDIA)('on an %s is never granted beyond the cap and never lost in silence', async (medium) => {
    const { doubleGrants, silentLosses, faults, failures, media, endorsements, cap, cases } = await runMatrix({
      media: [medium],
      everyByte: 10,
    });
    expect(failures).toEqual([]);
    expect({ doubleGrants, silentLosses, faults }).toEqual({ doubleGrants: 0, silentLosses: 0, faults: 0 });
    expect(cases).toBeGreaterThan(150);
    expect(media[medium]?.bytes).toBeGreaterThan(100);
    // The attacks do what they can: a matrix in which none of them gained anything would show nothing.
    const isTag = medium !== 'type4';
    expect(media[medium]?.worst).toEqual({
      none: cap.quota,
      'garbled newest': cap.quota + (isTag ? cap.doubtful : 0),
      'image of issue': cap.quota + (isTag ? cap.copied : 0),
      'image before': cap.quota + (isTag ? cap.copied - 2 : 0),
    });
    // An NTAG215 has no room for an endorsement. Terminals that neither saw it nor have the list serve the card as it was issued.
    const { reduced, quota } = cap;
    expect(endorsements[medium]?.worst).toEqual(
      medium === 'ntag215'
        ? undefined
        : {
            ...{ 'none, listed': reduced, 'wiped, listed': reduced, 'garbled, listed': reduced },
            ...{ 'none, unlisted': quota, 'wiped, unlisted': quota, 'garbled, unlisted': quota },
          },
    );
  });
});
