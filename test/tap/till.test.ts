/** Payments through the real driver, a simulated machine, the journal and the card: whatever fails, nobody is charged twice, or for nothing. */
import { describe, expect, it } from 'vitest';
import type { PaymentEvent, WaslEvent } from '../../agent/domain/event.js';
import type { PaymentMethod } from '../../agent/domain/payment.js';
import { createTap, type TapState } from '../../agent/tap/tap.js';
import { openTill, type Till } from '../../agent/tap/till.js';
import { serialPaymentMachine } from '../../drivers/serial/payment-machine.js';
import type { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { tornKeepsOld } from '../../simulators/cards/ntag21x-faults.js';
import { SimulatedPaymentMachine } from '../../simulators/payment/machine.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { freshCard, openDesk, POLICY, READS_AND_WRITES, type TestDesk, testTrust } from '../support/desk.js';
import { virtualTime } from '../support/virtual-time.js';

const EACH = 150;
const SUPERVISOR = { operator: 9, role: 'supervisor' } as const;

interface Bench {
  readonly desk: TestDesk;
  readonly machine: SimulatedPaymentMachine;
  till: Till;
  /** Lets time pass until what was begun is over. */
  until<T>(begun: Promise<T>): Promise<T>;
  pass(ms: number): Promise<void>;
  /** Switches the terminal off and on. The machine stays on. */
  restart(): Promise<void>;
  buy(card: SimulatedNtag21x, method: PaymentMethod, loaves?: number): Promise<TapState>;
  payments(): Promise<PaymentEvent[]>;
  events(): Promise<WaslEvent[]>;
}

/** Bread at a price, taken back by a supervisor; at a desk with a machine. */
async function bench(): Promise<Bench> {
  const programmes = POLICY.programmes.map((programme) => ({
    ...programme,
    commodities: programme.commodities.map((one) => ({ ...one, price: { amount: EACH } })),
    voids: { withinSeconds: 36_000, perDayMax: 20 },
  }));
  const desk = await openDesk({ trust: testTrust({ programmes, currency: 'EGP' }) });
  const time = virtualTime(desk.clock.ms);
  const machine = new SimulatedPaymentMachine(time.timers);
  const begin = (): Till => {
    const serial = serialPaymentMachine({
      ...{ path: '/dev/none', timers: time.timers, loadOpen: () => Promise.resolve(machine.openSerial()) },
    });
    const till = openTill({
      ...{ journal: desk.journal, machine: serial, timers: time.timers, operator: () => 4, currency: () => 'EGP' },
      nowMs: () => desk.clock.ms,
      problem: () => undefined,
      fault: (error) => desk.faults.push(error),
    });
    desk.deps = { ...desk.deps, till, operator: () => 4 };
    desk.tap = createTap(desk.deps);
    return till;
  };
  const pass = async (ms: number): Promise<void> => {
    desk.clock.ms += ms;
    await time.advance(ms);
  };
  const self: Bench = {
    ...{ desk, machine, till: begin(), pass },
    until: async (begun) => {
      let isOver = false;
      const over = begun.finally(() => {
        isOver = true;
      });
      for (let step = 0; step < 2_000 && !isOver; step += 1) await pass(100);
      return over;
    },
    restart: async () => {
      await desk.journal.close();
      await desk.start();
      self.till = begin();
    },
    buy: async (card, payment, loaves = 4) => {
      const state = await desk.lay(card);
      if (state.name !== 'offer') throw new Error(JSON.stringify([state.name, 'code' in state ? state.code : '']));
      await self.until(desk.tap.confirm(state.tapId, [{ commodity: 1, quantity: loaves }], { payment }));
      return desk.tap.state();
    },
    events: async () => {
      const read = await Promise.all(
        desk.journal.epochs().map(({ name }) => desk.journal.readEvents(name, 1, { countMax: 500, bytesMax: 500_000 })),
      );
      return read.flat().map(({ bytes }) => decodeEvent(bytes));
    },
    payments: async () => (await self.events()).filter((event) => event.type === 'payment'),
  };
  return self;
}

const states = (events: readonly PaymentEvent[]): readonly string[] => events.map(({ state }) => state);

/** What the events say that a method took in. */
function takenIn(events: readonly PaymentEvent[], method: PaymentMethod): number {
  const of = (state: string): number =>
    events.filter((one) => one.method === method && one.state === state).reduce((sum, { amount }) => sum + amount, 0);
  return of('paid') - of('returned');
}

async function follow(on: Bench): Promise<void> {
  await on.until(on.till.follow());
}

describe('a service that is paid for', () => {
  it.each(['cash', 'machine'] as const)(
    'by %s has one payment of the holder’s part, in one frame with it',
    async (method) => {
      const on = await bench();
      expect(await on.buy(await freshCard(), method)).toMatchObject({ name: 'granted' });
      const [paid, ...more] = await on.payments();
      expect(more).toEqual([]);
      expect(paid).toMatchObject({ method, state: 'paid', amount: 4 * EACH, operator: 4 });
      expect(paid?.machine === '').toBe(method === 'cash');
      const [served] = (await on.events()).filter((event) => event.type === 'redemption');
      expect(paid?.ledgerSequence).toBe(served?.ledgerSequence);
      expect(on.machine.net()).toBe(method === 'cash' ? 0 : 4 * EACH);
    },
  );

  it('is not served without a way to pay, and the clerk may choose one', async () => {
    const on = await bench();
    const card = await freshCard();
    const offer = await on.desk.lay(card);
    if (offer.name !== 'offer') throw new Error(offer.name);
    await on.desk.tap.confirm(offer.tapId, [{ commodity: 1, quantity: 1 }]);
    expect(on.desk.tap.state()).toMatchObject({ name: 'offer', claimed: { code: 'ERR_PAYMENT_METHOD' } });
    expect(await on.payments()).toEqual([]);
  });

  it('goes on in another way after the machine declined: one payment, of another reference', async () => {
    const on = await bench();
    on.machine.moods = ['decline', 'approve'];
    const declined = await on.buy(await freshCard(), 'machine');
    expect(declined).toMatchObject({ name: 'offer', claimed: { code: 'ERR_PAYMENT_DECLINED' } });
    expect(on.desk.journal.state().payments.size).toBe(0);
    if (declined.name !== 'offer') return;
    const begun = on.desk.tap.confirm(declined.tapId, [{ commodity: 1, quantity: 4 }], { payment: 'machine' });
    await on.until(begun);
    expect(on.desk.tap.state()).toMatchObject({ name: 'granted' });
    expect(states(await on.payments())).toEqual(['paid']);
    expect(on.machine.net()).toBe(4 * EACH);
  });

  it('is refused, and not offered again, when the card was taken away while the machine declined', async () => {
    const on = await bench();
    on.machine.moods = ['decline'];
    const offer = await on.desk.lay(await freshCard());
    if (offer.name !== 'offer') throw new Error(offer.name);
    const begun = on.desk.tap.confirm(offer.tapId, [{ commodity: 1, quantity: 1 }], { payment: 'machine' });
    await on.pass(100);
    expect(on.desk.tap.state()).toMatchObject({ name: 'paying', amount: EACH });
    on.desk.tap.removed();
    await on.until(begun);
    expect(on.desk.tap.state()).toMatchObject({ name: 'refused', code: 'ERR_PAYMENT_DECLINED' });
  });

  it('is given up by the clerk while a slow machine waits', async () => {
    const on = await bench();
    on.machine.moods = ['slow'];
    const offer = await on.desk.lay(await freshCard());
    if (offer.name !== 'offer') throw new Error(offer.name);
    const begun = on.desk.tap.confirm(offer.tapId, [{ commodity: 1, quantity: 1 }], { payment: 'machine' });
    await on.pass(1_000);
    await on.desk.tap.cancel(offer.tapId);
    expect(on.desk.tap.state()).toMatchObject({ name: 'paying', isCancelled: true });
    await on.until(begun);
    expect(on.desk.tap.state()).toMatchObject({ name: 'offer', claimed: { code: 'ERR_PAYMENT_CANCELLED' } });
    expect([on.machine.net(), await on.payments()]).toEqual([0, []]);
  });

  it('ignores a card that is presented while the machine waits', async () => {
    const on = await bench();
    const offer = await on.desk.lay(await freshCard());
    if (offer.name !== 'offer') throw new Error(offer.name);
    const begun = on.desk.tap.confirm(offer.tapId, [{ commodity: 1, quantity: 1 }], { payment: 'machine' });
    await on.pass(100);
    await on.desk.tap.present({ kind: 'text', text: 'x' }, { ...READS_AND_WRITES, text: true });
    expect(on.desk.tap.state().name).toBe('paying');
    await on.until(begun);
    expect(on.desk.tap.state().name).toBe('granted');
  });

  it.each(['twice', 'slow', 'garbled'] as const)('is paid once by a machine whose mood is %s', async (mood) => {
    const on = await bench();
    on.machine.moods = [mood, 'approve'];
    expect(await on.buy(await freshCard(), 'machine')).toMatchObject({ name: 'granted' });
    expect(states(await on.payments())).toEqual(['paid']);
    expect(on.machine.net()).toBe(4 * EACH);
  });
});

describe('a machine that did not say what became of a payment', () => {
  it('has not served anybody; what it took is given back when it can be asked again', async () => {
    const on = await bench();
    on.machine.moods = ['dies', 'approve'];
    expect(await on.buy(await freshCard(), 'machine')).toMatchObject({ name: 'refused', code: 'ERR_PAYMENT_UNKNOWN' });
    await follow(on);
    expect(states(await on.payments())).toEqual(['held']);
    expect(on.machine.net()).toBe(4 * EACH);
    on.machine.restart();
    await follow(on);
    expect(states(await on.payments())).toEqual(['held', 'undone']);
    expect([on.machine.net(), on.desk.journal.state().payments.size]).toEqual([0, 0]);
  });

  it('is asked after a restart of the terminal as well, and gives back once', async () => {
    const on = await bench();
    on.machine.moods = ['dies', 'approve'];
    await on.buy(await freshCard(), 'machine');
    await on.restart();
    on.machine.restart();
    await follow(on);
    await on.restart();
    await follow(on);
    expect(states(await on.payments()).filter((state) => state === 'undone')).toHaveLength(1);
    expect([...on.machine.books.values()].map(({ taken, returned }) => [taken, returned])).toEqual([[1, 1]]);
    expect(on.desk.journal.state().payments.size).toBe(0);
  });

  it('and never heard of it, has nothing to give back, and nobody is told', async () => {
    const on = await bench();
    on.machine.moods = ['deaf', 'approve'];
    expect(await on.buy(await freshCard(), 'machine')).toMatchObject({ claimed: { code: 'ERR_PAYMENT_CANCELLED' } });
    expect([await on.payments(), on.machine.net()]).toEqual([[], 0]);
  });

  it('when the terminal lost its power in the middle: it is undone, the service was never there', async () => {
    const on = await bench();
    const offer = await on.desk.lay(await freshCard());
    if (offer.name !== 'offer') throw new Error(offer.name);
    void on.desk.tap.confirm(offer.tapId, [{ commodity: 1, quantity: 1 }], { payment: 'machine' });
    await on.pass(100);
    await on.restart();
    // It took the money while nobody listened.
    await on.pass(1_000);
    expect(on.machine.net()).toBe(EACH);
    await follow(on);
    expect(states(await on.payments())).toEqual(['undone']);
    expect(on.machine.net()).toBe(0);
  });
});

describe('a card that fails after it was paid for', () => {
  it('completes when it comes back, also after a restart: one payment, one service', async () => {
    const on = await bench();
    const card = await freshCard();
    card.tearAt(4, { bits: tornKeepsOld });
    expect(await on.buy(card, 'machine')).toMatchObject({ name: 'unresolved' });
    card.clearFaults();
    await on.restart();
    await follow(on);
    expect(on.machine.net()).toBe(4 * EACH);
    expect(await on.desk.lay(card)).toMatchObject({ name: 'granted' });
    expect(states(await on.payments()).filter((state) => state !== 'held')).toEqual(['paid']);
    expect(on.machine.net()).toBe(4 * EACH);
  });

  it.each(['machine', 'cash'] as const)('and is left, has an open case about its money (%s)', async (method) => {
    const on = await bench();
    const card = await freshCard();
    card.tearAt(4, { bits: tornKeepsOld });
    const state = await on.buy(card, method);
    if (state.name !== 'unresolved') throw new Error(state.name);
    await on.desk.tap.dismiss(state.tapId);
    await follow(on);
    expect(states(await on.payments())).toEqual(['held']);
    expect((await on.events()).filter((event) => event.type === 'unresolved')).toHaveLength(1);
  });
});

describe('a service that is taken back', () => {
  it.each(['machine', 'cash'] as const)(
    'gives back what was paid by %s, once, over a restart as well',
    async (method) => {
      const on = await bench();
      const card = await freshCard();
      const bought = await on.buy(card, method);
      if (bought.name !== 'granted')
        throw new Error(JSON.stringify([bought.name, 'code' in bought ? bought.code : '']));
      await on.restart();
      await on.desk.tap.askBack(bought.tapId);
      await on.desk.tap.takeBack(bought.tapId, SUPERVISOR);
      expect(await on.desk.lay(card)).toMatchObject({ name: 'voided', payment: { method, amount: 4 * EACH } });
      await on.restart();
      await follow(on);
      await follow(on);
      const told = await on.payments();
      expect(states(told)).toEqual(['paid', 'returned']);
      expect([takenIn(told, method), on.machine.net(), on.desk.journal.state().payments.size]).toEqual([0, 0, 0]);
    },
  );

  it('keeps asking a machine that is off, and gives back when it is on', async () => {
    const on = await bench();
    const card = await freshCard();
    const bought = await on.buy(card, 'machine');
    if (bought.name !== 'granted') throw new Error(JSON.stringify([bought.name, 'code' in bought ? bought.code : '']));
    await on.desk.tap.askBack(bought.tapId);
    await on.desk.tap.takeBack(bought.tapId, SUPERVISOR);
    on.machine.switchOff();
    await on.desk.lay(card);
    await follow(on);
    expect(states(await on.payments())).toEqual(['paid']);
    expect(on.machine.net()).toBe(4 * EACH);
    on.machine.restart();
    await follow(on);
    expect(states(await on.payments())).toEqual(['paid', 'returned']);
    expect(on.machine.net()).toBe(0);
  });

  it('is over when it was handed over: nothing is returned later', async () => {
    const on = await bench();
    const bought = await on.buy(await freshCard(), 'machine');
    if (bought.name !== 'granted') throw new Error(JSON.stringify([bought.name, 'code' in bought ? bought.code : '']));
    await on.desk.tap.handover(bought.tapId);
    expect(on.desk.journal.state().payments.size).toBe(0);
    await on.restart();
    await follow(on);
    expect(states(await on.payments())).toEqual(['paid']);
    expect(on.machine.net()).toBe(4 * EACH);
  });
});
