/** The clerk at a terminal: lays cards on the reader and presses keys on the screen, as people do, some of them hastily. */
import type { Screen } from '../../agent/kiosk/state.js';
import type { TapAction } from './actions.js';
import { lay, pause, press, screenOf, takeAway, type Visit } from './counter.js';
import { COMMODITY } from './kit.js';
import type { Machine } from './machine.js';
import type { SimCard } from './sim-card.js';
import { takeBack } from './take-back.js';

/** Carries out a tap. Resolves when the clerk is done with it, or gives it up because the terminal went dark or somebody else came. */
export async function doTap(machine: Machine, card: SimCard, action: TapAction): Promise<void> {
  const { process } = machine;
  if (process === null) return;
  const visit = { process, machine, card };
  lay(visit);
  const read = await screenOf(visit, (screen) => screen.name !== 'reading' && screen.name !== 'writing');
  if (read?.name === 'offer') {
    await pause(machine, action.paceMs);
    if (action.cancel) await press(process, { type: 'cancel', tapId: read.tapId });
    else await confirm(visit, read, action);
  }
  await end(visit, action);
}

async function confirm(
  visit: Visit,
  offer: Extract<Screen, { name: 'offer' }>,
  { share, pullAfterMs }: TapAction,
): Promise<void> {
  const { process, machine, card } = visit;
  const available = offer.items[0]?.available ?? 0;
  const quantity = Math.max(1, Math.ceil(available * share));
  if (pullAfterMs !== null) {
    machine.timers.after(pullAfterMs, () => {
      if (!process.life.alive || machine.card !== card) return;
      if (process.terminal.backend.state().screen.name === 'writing') machine.fault('card.taken-away');
      takeAway(visit);
    });
  }
  await press(process, { type: 'confirm', tapId: offer.tapId, quantities: { [COMMODITY]: quantity } });
  await screenOf(visit, (screen) => screen.name !== 'writing' && screen.name !== 'offer');
}

/** What is left to do, from what the screen shows. */
async function end(visit: Visit, action: TapAction): Promise<void> {
  const { process, machine } = visit;
  let shown = process.life.alive ? process.terminal.backend.state().screen : null;
  await pause(machine, action.paceMs);
  if (shown?.name === 'unresolved' && action.retry && process.life.alive) {
    lay(visit);
    shown = await screenOf(visit, (screen) => screen.name !== 'reading' && screen.name !== 'writing');
  }
  if (shown?.name === 'granted' && action.ending === 'handover')
    await press(process, { type: 'handover', tapId: shown.tapId });
  if (shown?.name === 'granted' && action.ending === 'take-back') {
    const { paceMs, retry } = action;
    await takeBack(visit, shown.tapId, { wrongPins: 0, paceMs, pullAfterMs: null, cancel: false, retry });
  }
  if ((shown?.name === 'refused' || shown?.name === 'unresolved') && action.ending !== 'linger')
    await press(process, { type: 'dismiss', tapId: shown.tapId });
  if (action.ending !== 'linger') takeAway(visit);
}
