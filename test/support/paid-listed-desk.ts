/** A desk that serves persons of a list without cards and takes money: the real till, driver and journal, and a simulated machine that outlives restarts. */
import type { PaymentEvent, WaslEvent } from '../../agent/domain/event.js';
import type { PaymentMethod } from '../../agent/domain/payment.js';
import type { Programme } from '../../agent/domain/policy.js';
import type { DeskState } from '../../agent/tap/person-tap.js';
import { openTill, type Till } from '../../agent/tap/till.js';
import { serialPaymentMachine } from '../../drivers/serial/payment-machine.js';
import { SimulatedPaymentMachine } from '../../simulators/payment/machine.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { CAMPAIGN, type ListedDesk, openListedDesk } from './listed-desk.js';
import { type VirtualTime, virtualTime } from './virtual-time.js';

/** What one consultation costs. */
export const EACH = 150;

/** Who may take services back. */
export const SUPERVISOR = { operator: 9, role: 'supervisor' } as const;

/** The campaign at a price, taken back by a supervisor within an hour. */
export const PAID_CAMPAIGN: Programme = {
  ...CAMPAIGN,
  commodities: CAMPAIGN.commodities.map((one) => ({ ...one, price: { amount: EACH } })),
  voids: { withinSeconds: 3_600, perDayMax: 20 },
};

/** One unit of what the campaign gives. */
export const ONE = [{ commodity: 401, quantity: 1 }];

/** See the head of this file. */
export interface PaidListedDesk {
  readonly desk: ListedDesk;
  readonly machine: SimulatedPaymentMachine;
  readonly time: VirtualTime;
  till(): Till;
  /** Lets time pass until what was begun is over. */
  until<T>(begun: Promise<T>): Promise<T>;
  pass(ms: number): Promise<void>;
  /** Switches the terminal off and on; the machine stays on. */
  restart(): Promise<void>;
  /** Goes through all payments that are not over. */
  follow(): Promise<void>;
  /** Looks a person up by id. */
  choose(person: number): Promise<DeskState>;
  /** The same, and confirms what is offered. */
  serve(person: number, payment?: PaymentMethod): Promise<DeskState>;
  /** Has what a tap gave taken back. */
  takeBack(tapId: string): Promise<DeskState>;
  tapId(): string;
  /** Events of all epochs in their order. */
  events(): Promise<WaslEvent[]>;
  payments(): Promise<PaymentEvent[]>;
}

/** Opens one. */
export async function openPaidListedDesk(programme: Programme = PAID_CAMPAIGN): Promise<PaidListedDesk> {
  const disk = new MemoryDisk();
  const time = virtualTime();
  const machine = new SimulatedPaymentMachine(time.timers);
  const tills: Till[] = [];
  const desk = await openListedDesk(programme, {
    ...{ currency: 'EGP', disk },
    till: (on) => {
      const serial = serialPaymentMachine({
        ...{ path: '/dev/none', timers: time.timers, loadOpen: () => Promise.resolve(machine.openSerial()) },
      });
      const till = openTill({
        ...{ journal: on.journal, machine: serial, timers: time.timers, operator: () => 4, currency: () => 'EGP' },
        nowMs: () => on.clock.ms,
        problem: () => undefined,
        fault: (error) => on.faults.push(error),
      });
      tills.push(till);
      return till;
    },
  });
  const pass = async (ms: number): Promise<void> => {
    desk.clock.ms += ms;
    await time.advance(ms);
  };
  const self: PaidListedDesk = {
    ...{ desk, machine, time, pass },
    till: () => {
      const till = tills.at(-1);
      if (till === undefined) throw new Error('there is no till');
      return till;
    },
    until: async (begun) => {
      let isOver = false;
      const over = begun.finally(() => {
        isOver = true;
      });
      over.catch(() => undefined);
      for (let step = 0; step < 2_000 && !isOver; step += 1) await pass(100);
      return over;
    },
    restart: () => desk.start(),
    follow: () => self.until(self.till().follow()),
    tapId: () => {
      const state = desk.persons.state();
      return 'tapId' in state ? state.tapId : '';
    },
    choose: async (person) => {
      await desk.persons.search();
      await desk.persons.find(self.tapId(), `90000000000${person}`);
      await desk.persons.choose(self.tapId(), person);
      return desk.persons.state();
    },
    serve: async (person, payment) => {
      const offered = await self.choose(person);
      if (offered.name !== 'listed-offer') return offered;
      await self.until(desk.persons.confirm(offered.tapId, ONE, payment === undefined ? {} : { payment }));
      return desk.persons.state();
    },
    takeBack: async (tapId) => {
      await desk.persons.askBack(tapId);
      if (desk.persons.state().name === 'listed-authorise') await desk.persons.takeBack(tapId, SUPERVISOR);
      return desk.persons.state();
    },
    events: async () => {
      const { journal } = desk;
      const read = await Promise.all(
        journal.epochs().map(({ name }) => journal.readEvents(name, 1, { countMax: 500, bytesMax: 500_000 })),
      );
      return read.flat().map(({ bytes }) => decodeEvent(bytes));
    },
    payments: async () => (await self.events()).filter((event) => event.type === 'payment'),
  };
  return self;
}
