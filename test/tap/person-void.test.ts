/** What a person without a card was given is taken back before it is handed over: they may be served again, and whatever is cut, never twice, nor for nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventMark } from '../../agent/credential/hash.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import { TEARS } from '../../simulators/world/tears.js';
import { encodeEvent } from '../../sync/protocol/event-codec.js';
import { READS_AND_WRITES } from '../support/desk.js';
import { CAMPAIGN } from '../support/listed-desk.js';
import {
  EACH,
  ONE,
  openPaidListedDesk,
  PAID_CAMPAIGN,
  type PaidListedDesk,
  SUPERVISOR,
} from '../support/paid-listed-desk.js';

const METHODS = ['cash', 'machine'] as const;
const CLERK = { operator: 3, role: 'clerk' } as const;

/** Tap of what was granted. */
async function granted(on: PaidListedDesk, person = 11, method: (typeof METHODS)[number] = 'cash'): Promise<string> {
  expect(await on.serve(person, method)).toMatchObject({ name: 'listed-granted' });
  return on.tapId();
}

const kinds = (events: readonly WaslEvent[]): readonly string[] =>
  events.filter(({ type }) => type !== 'epoch').map((event) => (event.type === 'payment' ? event.state : event.type));

describe('a service to a person without a card', () => {
  it('is taken back, names the service by its bytes, and the person is served again and then no more', async () => {
    const on = await openPaidListedDesk();
    const tapId = await granted(on);
    expect(await on.takeBack(tapId)).toMatchObject({ name: 'listed-voided', person: { number: 11 } });
    const events = await on.events();
    const service = events.find(({ type }) => type === 'roster');
    const back = events.find((event) => event.type === 'roster-void');
    expect(back).toMatchObject({ person: 11, programme: 401, items: ONE, supervisor: 9, servedAt: service?.time });
    expect(back?.voided).toBe(service === undefined ? '' : eventMark(encodeEvent(service)));
    expect(on.desk.journal.state().undispensedGifts.size).toBe(0);
    await on.desk.persons.dismiss(on.tapId());
    const again = await granted(on);
    await on.desk.persons.handover(again);
    expect(await on.serve(11, 'cash')).toMatchObject({ name: 'listed-refused', code: 'ERR_QUOTA_ONCE' });
    expect(kinds(await on.events())).toEqual([
      'paid',
      'roster',
      'returned',
      'roster-void',
      'paid',
      'roster',
      'refusal',
    ]);
  });

  it('can be served and taken back in one second as often as anybody likes: each is a service of its own', async () => {
    const on = await openPaidListedDesk({ ...PAID_CAMPAIGN, commodities: CAMPAIGN.commodities });
    for (let round = 0; round < 3; round += 1) {
      expect((await on.serve(11)).name).toBe('listed-granted');
      await on.takeBack(on.tapId());
      await on.desk.persons.dismiss(on.tapId());
    }
    expect((await on.serve(11)).name).toBe('listed-granted');
    await on.desk.persons.handover(on.tapId());
    await on.restart();
    expect(await on.serve(11)).toMatchObject({ code: 'ERR_QUOTA_ONCE' });
    const services = (await on.events())
      .filter(({ type }) => type === 'roster')
      .map((event) => eventMark(encodeEvent(event)));
    expect(new Set(services).size).toBe(4);
  });

  it.each(METHODS)('gives back what was paid by %s, once, over a restart as well', async (method) => {
    const on = await openPaidListedDesk();
    const tapId = await granted(on, 11, method);
    await on.restart();
    expect(await on.takeBack(tapId)).toMatchObject({ name: 'listed-voided', payment: { method, amount: EACH } });
    await on.restart();
    await on.follow();
    await on.follow();
    expect((await on.payments()).map(({ state }) => state)).toEqual(['paid', 'returned']);
    expect([on.machine.net(), on.desk.journal.state().payments.size]).toEqual([0, 0]);
  });

  it('waits for a machine that is off, and is given back when it is on', async () => {
    const on = await openPaidListedDesk();
    const tapId = await granted(on, 11, 'machine');
    on.machine.switchOff();
    await on.takeBack(tapId);
    await on.follow();
    expect(on.machine.net()).toBe(EACH);
    on.machine.restart();
    await on.follow();
    expect((await on.payments()).map(({ state }) => state)).toEqual(['paid', 'returned']);
    expect(on.machine.net()).toBe(0);
  });

  it('is found by looking the person up, who is refused and has it still to be handed over', async () => {
    const on = await openPaidListedDesk();
    const tapId = await granted(on);
    await on.restart();
    expect(await on.serve(11, 'cash')).toMatchObject({ name: 'listed-refused', code: 'ERR_QUOTA_ONCE', given: tapId });
    expect(await on.takeBack(tapId)).toMatchObject({ name: 'listed-voided' });
    expect(await on.serve(12, 'cash').catch((error: unknown) => error)).toMatchObject({ code: 'ERR_TAP_STATE' });
  });

  it('is taken back by a supervisor alone, who may be denied, and can be left as it was', async () => {
    const on = await openPaidListedDesk();
    const { persons, journal } = on.desk;
    const tapId = await granted(on);
    await persons.askBack(tapId);
    expect(persons.state()).toMatchObject({ name: 'listed-authorise', code: null });
    await expect(persons.takeBack(tapId, CLERK)).rejects.toMatchObject({ code: 'ERR_VOID_ROLE' });
    await persons.deny(tapId, 'ERR_PIN');
    expect(persons.state()).toMatchObject({ name: 'listed-authorise', code: 'ERR_PIN' });
    await expect(persons.handover(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await persons.present({ kind: 'text', text: 'x' }, { ...READS_AND_WRITES, text: true });
    expect(persons.state().name).toBe('listed-authorise');
    await persons.cancel(tapId);
    expect([persons.state().name, journal.state().undispensedGifts.size]).toEqual(['idle', 1]);
    await persons.handover(tapId);
    await expect(persons.askBack(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    expect(kinds(await on.events())).toEqual(['paid', 'roster']);
  });

  it('that a supervisor was locked out of is told to the centre, once', async () => {
    const on = await openPaidListedDesk();
    const tapId = await granted(on);
    await on.desk.persons.askBack(tapId);
    await on.desk.persons.deny(tapId, 'ERR_PIN_LOCKED');
    await on.desk.persons.deny(tapId, 'ERR_PIN_LOCKED');
    expect(kinds(await on.events())).toEqual(['paid', 'roster', 'alarm']);
  });

  it('is refused where the policy knows no voids, the time is over, or there were too many today', async () => {
    const { voids: _, ...strict } = PAID_CAMPAIGN;
    const none = await openPaidListedDesk(strict);
    expect(await none.takeBack(await granted(none))).toMatchObject({ name: 'listed-refused', code: 'ERR_VOID_LIMIT' });
    const late = await openPaidListedDesk();
    const tapId = await granted(late);
    await late.pass(3_601_000);
    expect(await late.takeBack(tapId)).toMatchObject({ name: 'listed-refused', code: 'ERR_VOID_LIMIT' });
    const once = await openPaidListedDesk({ ...PAID_CAMPAIGN, voids: { withinSeconds: 3_600, perDayMax: 1 } });
    expect(await once.takeBack(await granted(once))).toMatchObject({ name: 'listed-voided' });
    await once.desk.persons.dismiss(once.tapId());
    expect(await once.takeBack(await granted(once, 12))).toMatchObject({
      name: 'listed-refused',
      code: 'ERR_VOID_LIMIT',
    });
    expect(once.desk.journal.state().undispensedGifts.size).toBe(1);
  });
});

/** What must hold whenever the terminal is at rest. */
async function check(on: PaidListedDesk, where: string): Promise<void> {
  const events = await on.events();
  const net = new Map<number, number>();
  for (const event of events) {
    if (event.type === 'roster') net.set(event.person, (net.get(event.person) ?? 0) + 1);
    if (event.type === 'roster-void') net.set(event.person, (net.get(event.person) ?? 0) - 1);
  }
  expect(
    [...net.values()].every((times) => times === 0 || times === 1),
    where,
  ).toBe(true);
  const served = [...net.values()].reduce((sum, times) => sum + times, 0);
  const sign = { paid: 1, returned: -1, undone: 0, held: 0 };
  const taken = (await on.payments()).reduce((sum, { state, amount }) => sum + sign[state] * amount, 0);
  expect(taken, where).toBe(served * EACH);
}

describe('the power cut at every write and sync of taking back', () => {
  it.each(METHODS)('leaves a service that stands, or one that is taken back with its payment by %s', async (method) => {
    let cuts = 0;
    for (const tear of TEARS) {
      for (let at = 0; ; at += 1) {
        const on = await openPaidListedDesk();
        const { disk } = on.desk;
        const tapId = await granted(on, 11, method);
        await on.desk.persons.askBack(tapId);
        const from = disk.calls;
        let dark = false;
        disk.plan = (call) => {
          dark ||= call.index === from + at;
          return dark ? 'cut' : 'go';
        };
        disk.tear = tear;
        await on.desk.persons.takeBack(tapId, SUPERVISOR);
        const shown = on.desk.persons.state();
        await on.follow();
        disk.plan = () => 'go';
        if (dark) await on.restart();
        await on.follow();
        const where = `cut ${at} with ${tear.name}`;
        await check(on, where);
        const back = (await on.events()).filter(({ type }) => type === 'roster-void').length;
        if (shown.name === 'listed-voided') expect(back, where).toBe(1);
        if (method === 'machine') expect(on.machine.net(), where).toBe(back === 1 ? 0 : EACH);
        expect(on.desk.journal.state().undispensedGifts.size, where).toBe(1 - back);
        if (!dark) break;
        cuts += 1;
      }
    }
    expect(cuts).toBeGreaterThan(TEARS.length);
  });
});

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('serve' as const),
      person: fc.constantFrom(11, 12),
      method: fc.constantFrom(...METHODS),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take-back' as const), person: fc.constantFrom(11, 12) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hand-over' as const), person: fc.constantFrom(11, 12) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('kill' as const), after: fc.nat(6), tear: fc.constantFrom(...TEARS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mood' as const),
      mood: fc.constantFrom('approve', 'decline', 'dies', 'twice'),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Whether the power went. */
interface Power {
  isOff: boolean;
}

/** One step of whoever stands at the desk; what the desk does not allow now is left. */
async function carryOut(on: PaidListedDesk, one: Step, power: Power): Promise<void> {
  const { persons, journal, disk } = on.desk;
  const giftOf = (person: number): string | undefined =>
    [...journal.state().undispensedGifts.values()].find(({ given }) => given.person === person)?.given.tapId;
  switch (one.do) {
    case 'serve':
      await on.serve(one.person, one.method);
      return;
    case 'take-back': {
      const tapId = giftOf(one.person);
      if (tapId !== undefined) await on.takeBack(tapId);
      return;
    }
    case 'hand-over': {
      const tapId = giftOf(one.person);
      if (tapId !== undefined) await persons.handover(tapId);
      return;
    }
    case 'kill': {
      const at = disk.calls + one.after;
      disk.tear = one.tear;
      disk.plan = (call) => {
        power.isOff ||= call.index >= at;
        return power.isOff ? 'cut' : 'go';
      };
      return;
    }
    case 'mood':
      on.machine.moods = [one.mood, 'approve'];
  }
}

/** Back to where the next person may step up: switched on, where it was cut. */
async function atRest(on: PaidListedDesk, power: Power): Promise<void> {
  if (power.isOff) {
    on.desk.disk.plan = () => 'go';
    power.isOff = false;
    await on.restart();
    await on.follow();
  }
  const { persons } = on.desk;
  const { name } = persons.state();
  if (name === 'listed-offer' || name === 'search') await persons.cancel(on.tapId()).catch(() => undefined);
  if (name === 'listed-refused' || name === 'listed-voided') await persons.dismiss(on.tapId()).catch(() => undefined);
}

describe('any order of serving, taking back, handing over and cuts', () => {
  it('never leaves a person served twice, nor paid without a service', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const on = await openPaidListedDesk();
        const power = { isOff: false };
        for (const one of steps) {
          await carryOut(on, one, power).catch(() => undefined);
          await atRest(on, power);
        }
        on.desk.disk.plan = () => 'go';
        on.machine.restart();
        await on.restart();
        await on.follow();
        await check(on, JSON.stringify(steps));
        expect(on.machine.net()).toBe(await byMachine(on));
        expect(on.desk.faults).toEqual([]);
      }),
      { numRuns: 60, seed: 20_261_122 },
    );
  });
});

/** What the events say that the machine holds. */
async function byMachine(on: PaidListedDesk): Promise<number> {
  const sign = { paid: 1, returned: -1, undone: 0, held: 0 };
  const told = (await on.payments()).filter(({ method }) => method === 'machine');
  return told.reduce((sum, { state, amount }) => sum + sign[state] * amount, 0);
}
