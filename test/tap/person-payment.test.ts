/** Persons without a card pay and get their money back, through the real driver, a simulated machine and the journal: whatever fails, nobody pays for nothing, or twice. */
import { describe, expect, it } from 'vitest';
import type { PaymentEvent } from '../../agent/domain/event.js';
import { TEARS } from '../../simulators/world/tears.js';
import { READS_AND_WRITES } from '../support/desk.js';
import { EACH, ONE, openPaidListedDesk, type PaidListedDesk } from '../support/paid-listed-desk.js';

const METHODS = ['cash', 'machine'] as const;

const states = (events: readonly PaymentEvent[]): readonly string[] => events.map(({ state }) => state);

async function servedCount(on: PaidListedDesk): Promise<number> {
  const events = await on.events();
  return (
    events.filter(({ type }) => type === 'roster').length - events.filter(({ type }) => type === 'roster-void').length
  );
}

/** What the events say that all methods took in. */
async function takenIn(on: PaidListedDesk): Promise<number> {
  const sign = { paid: 1, returned: -1, undone: 0, held: 0 };
  return (await on.payments()).reduce((sum, { state, amount }) => sum + sign[state] * amount, 0);
}

describe('a service to a person without a card that is paid for', () => {
  it.each(METHODS)(
    'by %s has one payment of the holder’s part, which names roster and person, and the service names it',
    async (method) => {
      const on = await openPaidListedDesk();
      const offered = await on.choose(11);
      expect(offered).toMatchObject({ name: 'listed-offer', claimed: { code: null } });
      const served = on.until(on.desk.persons.confirm(on.tapId(), ONE, { payment: method }));
      await served;
      expect(on.desk.persons.state()).toMatchObject({ name: 'listed-granted' });
      const [paid, ...more] = await on.payments();
      expect(more).toEqual([]);
      const roster = on.desk.rosters.inForce('gezira-2026', 0)?.roster.number;
      expect(paid).toMatchObject({
        method,
        state: 'paid',
        amount: EACH,
        roster,
        person: 11,
        programme: 401,
      });
      expect(paid).not.toHaveProperty('card');
      expect(paid?.machine === '').toBe(method === 'cash');
      const [service] = (await on.events()).filter((event) => event.type === 'roster');
      expect(service?.details).toMatchObject({ charge: { gross: EACH, holder: EACH }, reference: paid?.reference });
      expect(on.machine.net()).toBe(method === 'cash' ? 0 : EACH);
      await on.desk.persons.handover(on.tapId());
      expect(on.desk.journal.state().payments.size).toBe(0);
    },
  );

  it('is not served without a way to pay, and the clerk may choose one', async () => {
    const on = await openPaidListedDesk();
    expect(await on.serve(11)).toMatchObject({ name: 'listed-offer', claimed: { code: 'ERR_PAYMENT_METHOD' } });
    expect(await servedCount(on)).toBe(0);
    await on.until(on.desk.persons.confirm(on.tapId(), ONE, { payment: 'cash' }));
    expect(on.desk.persons.state().name).toBe('listed-granted');
  });

  it('goes on in another way after the machine declined: one payment, of another reference', async () => {
    const on = await openPaidListedDesk();
    on.machine.moods = ['decline', 'approve'];
    const declined = await on.serve(11, 'machine');
    expect(declined).toMatchObject({ name: 'listed-offer', claimed: { code: 'ERR_PAYMENT_DECLINED' } });
    expect(on.desk.journal.state().payments.size).toBe(0);
    await on.until(on.desk.persons.confirm(on.tapId(), ONE, { payment: 'machine' }));
    expect(states(await on.payments())).toEqual(['paid']);
    expect([on.machine.net(), await servedCount(on)]).toEqual([EACH, 1]);
  });

  it('is given up by the clerk while a slow machine waits, and a card waits meanwhile', async () => {
    const on = await openPaidListedDesk();
    on.machine.moods = ['slow'];
    await on.choose(11);
    const begun = on.desk.persons.confirm(on.tapId(), ONE, { payment: 'machine' });
    await on.pass(1_000);
    expect(on.desk.persons.state()).toMatchObject({ name: 'listed-paying', amount: EACH, isCancelled: false });
    await on.desk.persons.present({ kind: 'text', text: 'x' }, { ...READS_AND_WRITES, text: true });
    expect(on.desk.persons.state().name).toBe('listed-paying');
    await on.desk.persons.cancel(on.tapId());
    expect(on.desk.persons.state()).toMatchObject({ name: 'listed-paying', isCancelled: true });
    await on.until(begun);
    expect(on.desk.persons.state()).toMatchObject({ name: 'listed-offer', claimed: { code: 'ERR_PAYMENT_CANCELLED' } });
    expect([on.machine.net(), await on.payments(), await servedCount(on)]).toEqual([0, [], 0]);
  });

  it('came to nothing where the machine did not say what became of it; what it took goes back when it can be asked', async () => {
    const on = await openPaidListedDesk();
    on.machine.moods = ['dies', 'approve'];
    expect(await on.serve(11, 'machine')).toMatchObject({ name: 'listed-refused', code: 'ERR_PAYMENT_UNKNOWN' });
    await on.restart();
    on.machine.restart();
    await on.follow();
    await on.restart();
    await on.follow();
    const told = await on.payments();
    expect(states(told).filter((state) => state === 'undone')).toHaveLength(1);
    expect(told.every(({ person }) => person === 11)).toBe(true);
    expect([on.machine.net(), on.desk.journal.state().payments.size, await servedCount(on)]).toEqual([0, 0, 0]);
  });

  it('gives the money back where the disk fills up after the machine took it', async () => {
    const on = await openPaidListedDesk();
    await on.choose(11);
    const begun = on.desk.persons.confirm(on.tapId(), ONE, { payment: 'machine' });
    await on.pass(100);
    on.desk.disk.plan = (call) => (call.operation === 'write' ? 'ENOSPC' : 'go');
    await on.until(begun);
    expect(on.desk.persons.state()).toMatchObject({ name: 'listed-refused' });
    on.desk.disk.plan = () => 'go';
    await on.restart();
    await on.follow();
    expect([on.machine.net(), await servedCount(on), await takenIn(on)]).toEqual([0, 0, 0]);
  });
});

describe('the power cut at every write and sync of such a service', () => {
  it.each(METHODS)('leaves nobody paid by %s without a service, and nobody served twice', async (method) => {
    let cuts = 0;
    for (const tear of TEARS) {
      for (let at = 0; ; at += 1) {
        const on = await openPaidListedDesk();
        const { disk } = on.desk;
        await on.choose(11);
        const from = disk.calls;
        let dark = false;
        disk.plan = (call) => {
          dark ||= call.index === from + at;
          return dark ? 'cut' : 'go';
        };
        disk.tear = tear;
        await on.until(on.desk.persons.confirm(on.tapId(), ONE, { payment: method }));
        const shown = on.desk.persons.state();
        disk.plan = () => 'go';
        if (!dark) {
          expect(shown.name).toBe('listed-granted');
          break;
        }
        cuts += 1;
        await on.restart();
        await on.follow();
        const served = await servedCount(on);
        const where = `cut ${at} with ${tear.name}`;
        if (shown.name === 'listed-granted') expect(served, where).toBe(1);
        expect(await takenIn(on), where).toBe(served * EACH);
        if (method === 'machine') expect(on.machine.net(), where).toBe(served * EACH);
        const again = await on.serve(11, method);
        expect(again, where).toMatchObject(
          served === 0 ? { name: 'listed-granted' } : { name: 'listed-refused', code: 'ERR_QUOTA_ONCE' },
        );
        expect([await servedCount(on), await takenIn(on)], where).toEqual([1, EACH]);
      }
    }
    expect(cuts).toBeGreaterThan(TEARS.length);
  });
});
