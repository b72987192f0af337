/** A clerk and a supervisor take a service back, some of them with the wrong PIN first, the wrong hand, or second thoughts. */
import type { Screen } from '../../agent/kiosk/state.js';
import { lay, pause, press, screenOf, takeAway, type Visit } from './counter.js';
import { SUPERVISOR } from './kit.js';
import type { TakeBackAction } from './take-back-action.js';

/** A PIN that is nobody's. */
const WRONG_PIN = '31415926';

/** How it goes. */
export type TakeBackManner = Pick<TakeBackAction, 'wrongPins' | 'paceMs' | 'pullAfterMs' | 'cancel' | 'retry'>;

/**
 * Has a grant taken back, with the card of the visit, which may lie there already. Resolves when nobody does anything more: when it was taken back,
 * refused, called off, or the terminal went dark.
 */
export async function takeBack(visit: Visit, tapId: string, manner: TakeBackManner): Promise<void> {
  const { process, machine, card } = visit;
  machine.trace.note(`${machine.name}: ${tapId} is to be taken back`);
  await press(process, { type: 'take-back', tapId });
  const asked = await screenOf(visit, isStanding);
  if (asked?.name !== 'authorise' || asked.tapId !== tapId) return;
  await pause(machine, manner.paceMs);
  for (let wrong = 0; wrong < manner.wrongPins; wrong += 1)
    await press(process, { type: 'authorise', tapId, supervisor: SUPERVISOR.number, pin: WRONG_PIN });
  await press(process, { type: 'authorise', tapId, supervisor: SUPERVISOR.number, pin: SUPERVISOR.pin });
  const allowed = await screenOf(visit, isStanding);
  if (allowed?.name === 'authorise' || (allowed?.name === 'return' && manner.cancel)) {
    await press(process, { type: 'cancel', tapId });
    return;
  }
  if (allowed?.name === 'return') {
    await pause(machine, manner.paceMs);
    if (!process.life.alive) return;
    if (manner.pullAfterMs !== null) {
      machine.timers.after(manner.pullAfterMs, () => {
        if (process.life.alive && machine.card === card) takeAway(visit);
      });
    }
    lay(visit);
  }
  await end(visit, tapId, manner);
}

/** What is left to do, from what the screen shows. */
async function end(visit: Visit, tapId: string, { paceMs, retry }: TakeBackManner): Promise<void> {
  const { process, machine } = visit;
  let shown = await screenOf(visit, isStanding);
  await pause(machine, paceMs);
  if (shown?.name === 'unresolved' && retry && process.life.alive) {
    lay(visit);
    shown = await screenOf(visit, isStanding);
  }
  if (shown?.name === 'voided' || shown?.name === 'refused' || shown?.name === 'unresolved')
    await press(process, { type: 'dismiss', tapId: shown.tapId });
  if (shown?.name === 'return') await press(process, { type: 'cancel', tapId });
}

/** Whether the terminal waits for somebody. */
function isStanding({ name }: Screen): boolean {
  return name !== 'reading' && name !== 'writing';
}
