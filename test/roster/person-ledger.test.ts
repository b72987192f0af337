/** Persons without a card are served once: also after a restart, after the journal was pruned, and after what was said was said again. */
import { describe, expect, test } from 'vitest';
import { calendarOf } from '../../agent/domain/calendar.js';
import type { RosterEvent } from '../../agent/domain/event.js';
import type { Journal } from '../../agent/journal/journal.js';
import { deriveKey, journalKey, KEY_LABELS } from '../../agent/journal/keys.js';
import { openPersonLedger, type PersonLedger } from '../../agent/roster/person-ledger.js';
import { foldService, NEVER_SERVED, servedEver } from '../../agent/roster/person-record.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { acknowledge, DAY_MS, PRUNING_LIMITS, serveDays } from '../journal/pruning-bench.js';
import { type HandClock, handClock, KEY, NOON_MS, openOn, seededRandom } from '../journal/samples.js';

const FOLDER = '/data/rosters';
const ROSTER = 77;
const KIT = 31;
const calendar = calendarOf('Africa/Khartoum');

function service(
  person: number,
  { days = 0, quantity = 1, roster = ROSTER, seconds = 0, isTrial = false } = {},
): RosterEvent {
  return {
    type: 'roster',
    time: NOON_MS / 1000 + days * 86_400 + seconds,
    roster,
    person,
    programme: 9,
    items: [{ commodity: KIT, quantity }],
    versions: { keys: 3, hotlist: 12, policy: 5, time: 'signed' },
    operator: 4,
    ...(isTrial ? { details: { ...NO_DETAILS, isTrial } } : {}),
  };
}

const NO_DETAILS = {
  balances: [],
  used: [],
  written: [],
  charge: { gross: 0, holder: 0 },
  exemption: 0,
  supervisor: 0,
  isTrial: false,
};

interface OpenOptions {
  readonly hadRosters?: boolean;
  readonly clock?: HandClock;
  readonly key?: Uint8Array;
}

function openLedger(disk: MemoryDisk, journal: Journal, options: OpenOptions = {}): Promise<PersonLedger> {
  const { hadRosters = true, clock = handClock(), key = KEY } = options;
  return openPersonLedger({
    journal,
    place: {
      disk: disk.session(),
      folder: FOLDER,
      key: deriveKey(journalKey(key), KEY_LABELS.served),
      random: seededRandom(disk.calls + 1),
    },
    calendar: () => calendar,
    clock,
    hadRosters,
  });
}

const record = async (journal: Journal, ...events: readonly RosterEvent[]): Promise<void> => {
  await journal.append(events.map((event) => ({ kind: 'event', event })));
};
const kitsOf = async (ledger: PersonLedger, person: number, roster = ROSTER): Promise<number> =>
  servedEver(await ledger.factsOf(roster, person), KIT);

describe('a person without a card', () => {
  test('was served as soon as it is recorded, and nobody else was', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk);
    const ledger = await openLedger(disk, journal);
    expect(await ledger.factsOf(ROSTER, 5)).toEqual({
      day: 0,
      usage: [],
      more: { tallies: [], balances: [], papers: [] },
      nextSequence: 1,
      isDoubtful: false,
    });
    await record(journal, service(5));
    expect(await ledger.factsOf(ROSTER, 5)).toEqual({
      day: calendar.dayOf(NOON_MS),
      usage: [{ commodity: KIT, usedDay: 1, usedMonth: 1 }],
      more: { tallies: [{ commodity: KIT, usedYear: 1, usedEver: 1, ahead: 0 }], balances: [], papers: [] },
      nextSequence: 2,
      isDoubtful: false,
    });
    expect([await kitsOf(ledger, 6), await kitsOf(ledger, 5, ROSTER + 1)]).toEqual([0, 0]);
    expect([ledger.countOf(ROSTER), ledger.countOf(7)]).toEqual([1, 0]);
  });

  test('was served after a restart too, with and without the file', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk);
    const ledger = await openLedger(disk, journal);
    await record(journal, service(5), service(6));
    await ledger.close();
    await record(journal, service(7));
    const again = await openLedger(disk, journal);
    expect(await Promise.all([5, 6, 7, 8].map((person) => kitsOf(again, person)))).toEqual([1, 1, 1, 0]);
    await disk.session().remove(`${FOLDER}/served`);
    const rebuilt = await openLedger(disk, journal);
    expect(await Promise.all([5, 6, 7, 8].map((person) => kitsOf(rebuilt, person)))).toEqual([1, 1, 1, 0]);
    expect((await rebuilt.factsOf(ROSTER, 5)).isDoubtful).toBe(false);
  });

  test('was served after the journal forgot it', async () => {
    const disk = new MemoryDisk();
    const clock = handClock();
    const journal = await openOn(disk, { limits: PRUNING_LIMITS, clock });
    const ledger = await openLedger(disk, journal, { clock });
    await record(journal, service(5));
    await acknowledge(journal);
    for (let day = 1; day < 12; day += 1) {
      clock.ms = NOON_MS + day * DAY_MS;
      await serveDays(journal, 1, day);
    }
    expect(journal.epochs()[0]?.pruned ?? 0).toBeGreaterThan(2);
    expect(await kitsOf(ledger, 5)).toBe(1);
    // The process ends without a word.
    const again = await openLedger(disk, journal, { clock });
    expect([await kitsOf(again, 5), (await again.factsOf(ROSTER, 5)).isDoubtful]).toEqual([1, false]);
  });

  test('is doubtful where the file is lost and the journal was pruned, unless there never was a roster', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk, { limits: PRUNING_LIMITS });
    await serveDays(journal, 12);
    expect(journal.epochs()[0]?.pruned ?? 0).toBeGreaterThan(0);
    expect(await (await openLedger(disk, journal, { hadRosters: false })).factsOf(ROSTER, 5)).toMatchObject({
      isDoubtful: false,
    });
    await disk.session().remove(`${FOLDER}/served`);
    expect(await (await openLedger(disk, journal)).factsOf(ROSTER, 5)).toMatchObject({ isDoubtful: true });
  });

  test('is doubtful where the file is not as it was written', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk, { limits: PRUNING_LIMITS });
    await serveDays(journal, 12);
    await openLedger(disk, journal, { hadRosters: false });
    const other = await openLedger(disk, journal, { hadRosters: false, key: new Uint8Array(32).fill(9) });
    expect(await other.factsOf(ROSTER, 5)).toMatchObject({ isDoubtful: true });
  });

  test('counts once when the journal says the service again in a new epoch', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk);
    const ledger = await openLedger(disk, journal);
    const [first, second] = [service(5), service(5, { seconds: 60, quantity: 2 })];
    await record(journal, first, second);
    await journal.beginEpoch('mismatch');
    await record(journal, first, second);
    expect(await kitsOf(ledger, 5)).toBe(3);
    await record(journal, service(5, { seconds: 61 }));
    expect(await kitsOf(ledger, 5)).toBe(4);
  });

  test('the file shows no number of a person', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk);
    const ledger = await openLedger(disk, journal);
    await record(journal, service(0x7abc_def1));
    await ledger.close();
    const file = await disk.session().open(`${FOLDER}/served`, 'read');
    const bytes = Buffer.from(await file.read(0, await file.sizeBytes()));
    expect(bytes.includes(Buffer.from('7abcdef1', 'hex'))).toBe(false);
  });
});

describe('the record of a person', () => {
  const recordAfter = (...events: readonly RosterEvent[]) =>
    events.reduce(
      (before, event, at) => foldService(before, event, { day: calendar.dayOf(event.time * 1000), check: at }),
      NEVER_SERVED,
    );

  test('counts by day, month, year and ever', () => {
    const { usage } = recordAfter(
      service(5),
      service(5, { days: 1 }),
      service(5, { days: 10 }),
      service(5, { days: 45 }),
    );
    // 2026-11-21, 22, 2026-12-01 and 2027-01-05.
    expect(usage).toEqual([{ commodity: KIT, usedDay: 1, usedMonth: 1, usedYear: 1, usedEver: 4 }]);
    expect(recordAfter(service(5), service(5, { days: 10 })).usage).toEqual([
      { commodity: KIT, usedDay: 1, usedMonth: 1, usedYear: 2, usedEver: 2 },
    ]);
  });

  test('a trial is recorded and counts for nothing', () => {
    expect(recordAfter(service(5, { isTrial: true }))).toMatchObject({ services: 1, usage: [] });
  });

  test('keeps accounts and papers as the service left them', () => {
    const paper = { kind: 0, number: 3, commodity: KIT, left: 2, untilDay: 21_000, site: 0 };
    const first = {
      ...service(5),
      details: { ...NO_DETAILS, balances: [{ account: 1, value: 40 }], written: [paper] },
    };
    const second = {
      ...service(5, { seconds: 9 }),
      details: { ...NO_DETAILS, balances: [{ account: 1, value: 30 }], used: [{ paper: 3, units: 1 }] },
    };
    expect(recordAfter(first, second)).toMatchObject({
      balances: [{ account: 1, value: 30 }],
      papers: [{ ...paper, left: 1 }],
    });
    expect(recordAfter(first, second, { ...second, time: second.time + 1 }).papers).toEqual([]);
  });
});
