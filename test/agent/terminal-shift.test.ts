/** A terminal whose desk has shifts and keeps its goods: from the reader to the events, through the commands of the page. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { journalBooks } from '../../agent/journal/books/books.js';
import type { KioskBackend, Screen } from '../../agent/kiosk/state.js';
import { createSession } from '../../agent/session.js';
import { systemTimers } from '../../agent/system.js';
import { createTerminal, type Terminal } from '../../agent/terminal.js';
import { SimulatedReader } from '../../simulators/readers/simulated.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { seededRandom } from '../journal/samples.js';
import { freshCard, openDesk, type TestDesk } from '../support/desk.js';

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const MONA = { number: 21, name: 'Mona', role: 'clerk' };
const TAREK = { number: 22, name: 'Tarek', role: 'clerk' };
const HUDA = { number: 3, name: 'Huda Wasfi' };
const PIN = '27182818';
const isPin = (pin: string) => ({ allowed: pin === PIN, code: 'ERR_PIN' }) as const;

let running: Terminal | null = null;
afterEach(async () => {
  await running?.stop();
  running = null;
});

async function terminal(at: TestDesk, required = true) {
  const clock = { nowMs: () => at.clock.ms };
  const reader = new SimulatedReader({ name: 'reader', text: false });
  const session = createSession({
    clock,
    operators: {
      present: () => [MONA, TAREK],
      logIn: async (number, pin) => {
        const operator = [MONA, TAREK].find((one) => one.number === number);
        if (operator === undefined || pin !== PIN) return { allowed: false, code: 'ERR_PIN' };
        return { allowed: true, operator };
      },
    },
  });
  const failed = (error: unknown): void => void at.faults.push(error);
  const settings = {
    shift: { required, cashDifferenceMax: 100, stockDifferenceMax: 0 },
    ...{ stock: { low: { loaf: 39 } }, payments: {} },
  };
  running = createTerminal({
    ...{ terminal: 'unit-1', site: 'clinic-1', journal: at.journal, trust: at.trust, log: QUIET, session },
    tap: { ...at.deps, operator: () => session.current()?.number ?? 0 },
    readers: [reader],
    supervisors: {
      here: () => [HUDA],
      authorise: async (_number, pin) => (isPin(pin).allowed ? { allowed: true } : { allowed: false, code: 'ERR_PIN' }),
    },
    ...journalBooks({ journal: at.journal, random: seededRandom(9), settings, nowMs: clock.nowMs, failed }),
    sync: { connection: () => 'offline', subscribe: () => () => {} },
    ...{ clock, timers: systemTimers, pseudonym: String, servedToday: 0 },
  });
  await running.start();
  return { reader, backend: running.backend };
}

/** Resolves when this screen is shown. */
function shown<N extends Screen['name']>(
  { state, subscribe }: KioskBackend,
  name: N,
): Promise<Extract<Screen, { readonly name: N }>> {
  return new Promise((resolve) => {
    const look = (): void => {
      const { screen } = state();
      if (screen.name !== name) return;
      stop();
      resolve(screen as Extract<Screen, { readonly name: N }>);
    };
    const stop = subscribe(() => look());
    queueMicrotask(look);
  });
}

async function eventsOf({ journal }: TestDesk, type: string) {
  const { name = '' } = journal.epochs().at(-1) ?? {};
  const events = await journal.readEvents(name, 1, { countMax: 1_000, bytesMax: 1_000_000 });
  return events.map(({ bytes }) => decodeEvent(bytes)).filter((event) => event.type === type);
}

describe('a terminal whose desk has shifts', () => {
  it('serves nobody before one is open where the site demands it, nor while it is counted', async () => {
    const at = await openDesk();
    const { reader, backend } = await terminal(at);
    const screen = () => backend.state().screen;
    await backend.command({ type: 'log-in', operator: MONA.number, pin: PIN });
    expect(screen()).toMatchObject({ name: 'shift-open', isForced: true, takesCash: true, open: null });
    const card = await freshCard();
    reader.present(card);
    expect(screen().name).toBe('shift-open');
    await expect(backend.command({ type: 'search' })).rejects.toMatchObject({ code: 'ERR_SHIFT_NONE' });
    reader.remove();

    await backend.command({ type: 'shift-open', float: 20_000 });
    expect(screen()).toMatchObject({ name: 'idle', shift: { operator: 'Mona', isOwn: true, isOld: false } });
    reader.present(card);
    const offered = await shown(backend, 'offer');
    await expect(backend.command({ type: 'shift' })).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await backend.command({ type: 'confirm', tapId: offered.tapId, quantities: { loaf: 2 } });
    await backend.command({ type: 'handover', tapId: offered.tapId });
    reader.remove();

    await backend.command({ type: 'shift' });
    const closing = await shown(backend, 'shift-close');
    expect(closing).toMatchObject({ sums: { services: 1, float: 20_000, expected: 20_000 }, hint: null });
    reader.present(card);
    expect(screen().name).toBe('shift-close');
    const count = { type: 'shift-close', shift: closing.shift.id, stock: {} } as const;
    await backend.command({ ...count, counted: 15_000, reason: 'none' });
    expect(screen()).toMatchObject({ name: 'shift-close', hint: { code: 'ERR_SHIFT_DIFFERENCE' } });
    const answered = { ...count, counted: 15_000, reason: 'loss', supervisor: HUDA.number } as const;
    await backend.command({ ...answered, pin: '00000000' });
    expect(screen()).toMatchObject({ name: 'shift-close', hint: { code: 'ERR_PIN' } });
    await backend.command({ ...answered, pin: PIN });
    expect(screen()).toMatchObject({ name: 'shift-closed', difference: -5_000, supervisor: 'Huda Wasfi' });
    await backend.command({ type: 'leave' });
    expect(screen().name).toBe('shift-open');
    expect(await eventsOf(at, 'shift')).toMatchObject([
      { phase: 'opened', operator: 21, float: 20_000 },
      { phase: 'closed', operator: 21, closedBy: 21, supervisor: 3, reason: 'loss', tally: { services: 1 } },
    ]);
  });

  it('tells whoever comes next of a shift that was left open, which a supervisor closes', async () => {
    const at = await openDesk();
    const first = await terminal(at);
    await first.backend.command({ type: 'log-in', operator: MONA.number, pin: PIN });
    await first.backend.command({ type: 'shift-open', float: 0 });
    await running?.stop();
    await at.journal.close();
    await at.start();
    at.clock.ms += 86_400_000;

    const { backend } = await terminal(at);
    await backend.command({ type: 'log-in', operator: TAREK.number, pin: PIN });
    expect(backend.state().screen).toMatchObject({
      ...{ name: 'shift-open', isForced: true },
      open: { operator: 'Mona', isOwn: false, isOld: true },
    });
    await expect(backend.command({ type: 'shift-open', float: 0 })).rejects.toMatchObject({ code: 'ERR_SHIFT_OPEN' });
    await backend.command({ type: 'shift' });
    const { shift } = await shown(backend, 'shift-close');
    const count = { type: 'shift-close', shift: shift.id, counted: 0, stock: {}, reason: 'none' } as const;
    await backend.command(count);
    expect(backend.state().screen).toMatchObject({ hint: { code: 'ERR_SHIFT_OPERATOR' } });
    await backend.command({ ...count, supervisor: HUDA.number, pin: PIN });
    expect(backend.state().screen.name).toBe('shift-closed');
    expect((await eventsOf(at, 'shift')).at(-1)).toMatchObject({ operator: 21, closedBy: 22, supervisor: 3 });
  });

  it('serves without one where the site does not demand it, and shows what came of the goods', async () => {
    const at = await openDesk();
    const { backend, reader } = await terminal(at, false);
    await backend.command({ type: 'log-in', operator: MONA.number, pin: PIN });
    expect(backend.state().screen).toMatchObject({ name: 'idle', shift: null, keepsStock: true });
    await backend.command({ type: 'goods' });
    expect(await shown(backend, 'stock')).toMatchObject({ goods: [{ commodity: 'loaf', entries: 0 }], hint: null });
    const delivery = { type: 'stock', kind: 'delivery', quantities: { loaf: 40 }, supervisor: HUDA.number } as const;
    await backend.command({ ...delivery, pin: '00000000' });
    expect(backend.state().screen).toMatchObject({ name: 'stock', hint: { code: 'ERR_PIN' } });
    await backend.command({ ...delivery, pin: PIN });
    expect(backend.state().screen).toMatchObject({
      goods: [{ commodity: 'loaf', onHand: 40, entries: 1 }],
      hint: null,
    });
    await backend.command({ type: 'leave' });
    expect(backend.state().screen.name).toBe('idle');
    await expect(backend.command({ ...delivery, pin: '00000000' })).rejects.toMatchObject({ code: 'ERR_PIN' });

    // 40 are not few here, and 38 are.
    const card = await freshCard();
    reader.present(card);
    const offered = await shown(backend, 'offer');
    expect(offered.items[0]?.left).toBeUndefined();
    await backend.command({ type: 'confirm', tapId: offered.tapId, quantities: { loaf: 2 } });
    await backend.command({ type: 'handover', tapId: offered.tapId });
    reader.remove();
    reader.present(card);
    await shown(backend, 'offer');
    await vi.waitFor(() => expect(backend.state().screen).toMatchObject({ items: [{ left: 38 }] }), 60_000);
    expect(at.faults).toEqual([]);
  });
});
