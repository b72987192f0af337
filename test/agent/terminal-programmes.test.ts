/** A terminal whose desk serves several programmes, from its reader to what the page is told. */
import { afterEach, describe, expect, it } from 'vitest';
import { journalStock } from '../../agent/journal/books/stock.js';
import type { KioskState } from '../../agent/kiosk/state.js';
import { createSession, NO_OPERATORS } from '../../agent/session.js';
import { systemTimers } from '../../agent/system.js';
import { createTerminal, type Terminal } from '../../agent/terminal.js';
import { makeSmartCard } from '../../simulators/cards/media.js';
import { SimulatedReader } from '../../simulators/readers/simulated.js';
import { DAY, firstPerson, ISSUER, openDesk } from '../support/desk.js';
import { trustWithMedicines } from '../support/medicines.js';
import { NOW } from '../support/people.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let running: Terminal | null = null;
afterEach(async () => {
  await running?.stop();
});

async function terminal() {
  const at = await openDesk({ trust: trustWithMedicines(), programmes: ['bread', 'medicines'] });
  const clock = { nowMs: () => at.clock.ms };
  const reader = new SimulatedReader({ name: 'reader', text: false });
  running = createTerminal({
    ...{ terminal: 'unit-1', site: 'clinic-1', tap: at.deps, journal: at.journal, trust: at.trust, log: QUIET },
    readers: [reader],
    supervisors: { here: () => [], authorise: () => Promise.reject(new Error('nobody is asked')) },
    session: createSession({ operators: NO_OPERATORS, clock }),
    stock: journalStock({ journal: at.journal, nowMs: () => at.clock.ms }),
    sync: { connection: () => 'offline', subscribe: () => () => {} },
    ...{ clock, timers: systemTimers, pseudonym: String, servedToday: 0 },
  });
  await running.start();
  return { at, reader, backend: running.backend };
}

/** Resolves to the first state that fits, from now on. */
function until({ state, subscribe }: Terminal['backend'], fits: (seen: KioskState) => boolean): Promise<KioskState> {
  return new Promise((resolve) => {
    const stop = subscribe(() => look());
    const look = (): void => {
      const seen = state();
      if (!fits(seen)) return;
      stop();
      resolve(seen);
    };
    look();
  });
}

describe('a terminal with several programmes', () => {
  it('tells which it serves, and examines the card that lies there for the one that is chosen', async () => {
    const { reader, backend } = await terminal();
    expect(backend.state().programmes).toMatchObject({
      served: [{ id: 'bread' }, { id: 'medicines', name: { fr: 'médicament' } }],
      selected: 'bread',
    });
    reader.present(await makeSmartCard(order));
    const bread = await until(backend, ({ screen }) => screen.name === 'offer');
    expect(bread.screen).toMatchObject({ items: [{ commodity: 'loaf' }] });
    await backend.command({ type: 'select', programme: 'medicines' });
    const medicines = await until(
      backend,
      ({ screen }) => screen.name === 'offer' && screen.items[0]?.commodity === 'box',
    );
    expect(medicines.programmes.selected).toBe('medicines');
    if (medicines.screen.name !== 'offer') throw new Error('it is offered');
    const { tapId } = medicines.screen;
    await backend.command({ type: 'confirm', tapId, quantities: { box: 2 } });
    expect(backend.state().screen).toMatchObject({ name: 'granted' });
    await expect(backend.command({ type: 'select', programme: 'bread' })).rejects.toMatchObject({
      code: 'ERR_TAP_STATE',
    });
    await backend.command({ type: 'handover', tapId });
    await backend.command({ type: 'select', programme: 'bread' });
    const again = await until(backend, ({ screen }) => screen.name === 'offer');
    expect(again.screen).toMatchObject({ items: [{ commodity: 'loaf', available: 10 }] });
  });

  it('waits for a card where none lies there, and refuses a programme that it does not serve', async () => {
    const { backend } = await terminal();
    await backend.command({ type: 'select', programme: 'medicines' });
    expect(backend.state()).toMatchObject({ screen: { name: 'idle' }, programmes: { selected: 'medicines' } });
    await expect(backend.command({ type: 'select', programme: 'fuel' })).rejects.toMatchObject({
      code: 'ERR_PROGRAMME_UNKNOWN',
    });
  });
});
