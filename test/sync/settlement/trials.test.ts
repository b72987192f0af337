/** Services that were only tried out, at the centre: they are kept as events, and count for nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RedemptionEvent, ServiceDetails } from '../../../agent/domain/event.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { chainOf, documentsOf, MORNING_S, outcomeOf, redemption, startBench, testRules } from './bench.js';

const CARD = 100_009;

function details(more: Partial<ServiceDetails> = {}): ServiceDetails {
  const nothing = { balances: [], used: [], written: [], charge: { gross: 0, holder: 0 } };
  return { ...nothing, exemption: 0, supervisor: 0, isTrial: false, ...more };
}

/** Far above the quota, of a card that is blocked: each would be a case if it counted. */
function trial(minute: number, more: Partial<RedemptionEvent> = {}): RedemptionEvent {
  const time = MORNING_S + 60 * minute;
  return redemption(CARD, 0, { time, loaves: 50, details: details({ isTrial: true }), ...more });
}

/** The documents of settlement but for those of epochs, which count places and not services. */
async function outcomeFor(documents: readonly StoredDocument[]): Promise<string[]> {
  const rules = testRules();
  rules.addHotlist({ version: 2, issuedAt: MORNING_S - 60, cards: [CARD] });
  const bench = startBench({ rules });
  for (const document of documents) {
    await bench.put(document);
    await bench.time.advance(3_000);
  }
  await bench.settled();
  await bench.stop();
  return (await outcomeOf(bench.store)).split('\n').filter((line) => line !== '' && !line.startsWith('{"_id":"epoch:'));
}

describe('a service that was tried out', () => {
  it('is not drawn and opens no case, however often it is tried, at however many terminals', async () => {
    const versions = { keys: 1, hotlist: 2, policy: 1, time: 'set' as const };
    const tried = [trial(1), trial(2), trial(3, { versions })];
    const documents = ['outlet-1', 'outlet-2'].flatMap((terminal) => documentsOf(chainOf(terminal, tried)));
    expect(await outcomeFor(documents)).toEqual([]);
  });

  it('counts for nothing whatever stands in its number: only the mark decides', async () => {
    const documents = ['outlet-1', 'outlet-2'].flatMap((terminal) =>
      documentsOf(chainOf(terminal, [trial(1, { ledgerSequence: 7 }), trial(2, { ledgerSequence: 7 })])),
    );
    expect(await outcomeFor(documents)).toEqual([]);
  });

  it('leaves what was really served as it is, in any order', async () => {
    const real = [redemption(CARD, 2), redemption(CARD, 3, { time: MORNING_S + 86_400, details: details() })];
    const wanted = await outcomeFor(documentsOf(chainOf('outlet-0', real)));
    expect(wanted.some((line) => line.includes(`"_id":"usage:${CARD}:1:2026-11"`))).toBe(true);
    const all = [
      ...documentsOf(chainOf('outlet-0', real)),
      ...documentsOf(chainOf('outlet-1', [trial(4), trial(5, { ledgerSequence: 2 }), trial(6)])),
    ];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all, { minLength: all.length }), async (shuffled) => {
        const found = await outcomeFor(shuffled);
        expect(found.map(withoutTimes)).toEqual(wanted.map(withoutTimes));
      }),
      { numRuns: 15 },
    );
  });
});

/** When the centre first saw a case depends on when the events were put there. */
function withoutTimes(line: string): string {
  return line.replaceAll(/"noticedAt":"[^"]*"/g, '');
}
