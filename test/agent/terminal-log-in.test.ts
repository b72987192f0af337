/** A terminal with a log-in, from its reader to the event that names who served. */
import { afterEach, describe, expect, it } from 'vitest';
import { journalStock } from '../../agent/journal/books/stock.js';
import { createSession } from '../../agent/session.js';
import { systemTimers } from '../../agent/system.js';
import { createTerminal, type Terminal } from '../../agent/terminal.js';
import { SimulatedReader } from '../../simulators/readers/simulated.js';
import { makeCard } from '../../simulators/site/population.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { DAY, firstPerson, ISSUER, openDesk } from '../support/desk.js';
import { NOW } from '../support/people.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const MONA = { number: 21, name: 'Mona', role: 'clerk' };
const PIN = '27182818';

let running: Terminal | null = null;
afterEach(async () => {
  await running?.stop();
});

async function terminal() {
  const at = await openDesk();
  const clock = { nowMs: () => at.clock.ms };
  const reader = new SimulatedReader({ name: 'reader', text: false });
  const session = createSession({
    clock,
    operators: {
      present: () => [MONA],
      logIn: async (number, pin) =>
        number === MONA.number && pin === PIN ? { allowed: true, operator: MONA } : { allowed: false, code: 'ERR_PIN' },
    },
  });
  const tap = { ...at.deps, operator: () => session.current()?.number ?? 0 };
  running = createTerminal({
    ...{ terminal: 'unit-1', site: 'clinic-1', tap, journal: at.journal, trust: at.trust, log: QUIET },
    readers: [reader],
    supervisors: { here: () => [], authorise: () => Promise.reject(new Error('nobody is asked')) },
    session,
    stock: journalStock({ journal: at.journal, nowMs: () => at.clock.ms }),
    sync: { connection: () => 'offline', subscribe: () => () => {} },
    ...{ clock, timers: systemTimers, pseudonym: String, servedToday: 0 },
  });
  await running.start();
  return { at, reader, backend: running.backend };
}

/** Resolves when this screen is shown. */
function screen({ state, subscribe }: Terminal['backend'], name: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = subscribe(() => look());
    const look = (): void => {
      if (state().screen.name !== name) return;
      stop();
      resolve();
    };
    look();
  });
}

describe('a terminal with a log-in', () => {
  it('reads no card before somebody is logged in, says why a PIN did not do, and names who served', async () => {
    const { at, reader, backend } = await terminal();
    expect(backend.state().screen).toEqual({ name: 'log-in', operators: [MONA], hint: null });
    const card = await makeCard(order);
    reader.present(card);
    await backend.command({ type: 'log-in', operator: MONA.number, pin: '31415926' });
    expect(backend.state().screen).toMatchObject({ name: 'log-in', hint: { code: 'ERR_PIN' } });
    expect(at.journal.epochs().at(-1)?.lastSeq).toBe(1);
    reader.remove();
    await backend.command({ type: 'log-in', operator: MONA.number, pin: PIN });
    expect(backend.state().screen).toMatchObject({ name: 'idle', operator: 'Mona' });
    reader.present(card);
    await screen(backend, 'offer');
    const offered = backend.state().screen;
    if (offered.name !== 'offer') throw new Error('it is offered');
    await expect(backend.command({ type: 'log-out' })).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await backend.command({ type: 'confirm', tapId: offered.tapId, quantities: { loaf: 1 } });
    await backend.command({ type: 'handover', tapId: offered.tapId });
    const epoch = at.journal.epochs().at(-1)?.name ?? '';
    const events = await at.journal.readEvents(epoch, 1, { countMax: 100, bytesMax: 100_000 });
    const served = events.map(({ bytes }) => decodeEvent(bytes)).find(({ type }) => type === 'redemption');
    expect(served).toMatchObject({ operator: MONA.number });
    await backend.command({ type: 'log-out' });
    expect(backend.state().screen).toMatchObject({ name: 'log-in' });
  });
});
