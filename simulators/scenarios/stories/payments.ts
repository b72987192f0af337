/** How supplies are paid for at the grocer's: in cash or at a machine that has bad days; and what is taken back. */
import { PAYMENT_MOODS } from '../../payment/machine.js';
import type { Holder } from '../cast.js';
import { only } from '../wishes.js';
import type { World } from '../world.js';

const SUPPLIES = [2, 3] as const;

/**
 * A holder pays in cash or at the machine, which now and then declines, dies or says things twice; who was declined pays in cash. Somebody leaves the goods at the counter
 * now and then, and is given their money back.
 */
export async function paidSupplies(world: World, grocer: string, holder: Holder): Promise<void> {
  const { random } = world;
  if (random.chance(0.4)) {
    await world.tap(grocer, holder, only(SUPPLIES), { payment: 'cash' });
    return;
  }
  const machine = world.machineAt(grocer);
  machine.moods = [random.chance(0.5) ? 'approve' : random.pick(PAYMENT_MOODS), 'approve'];
  const paying = { payment: 'machine' } as const;
  const end = random.chance(0.2)
    ? await world.takeBack(grocer, holder, only(SUPPLIES), paying)
    : await world.tap(grocer, holder, only(SUPPLIES), paying);
  machine.restart();
  // What was taken back is not wanted any more; who was declined, or got no answer, pays in cash.
  if (end.name === 'offer' || end.name === 'refused')
    await world.tap(grocer, holder, only(SUPPLIES), { payment: 'cash' });
}
