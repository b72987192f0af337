/** Does to a world what its script says. What cannot be done at that moment is passed over. */
import { LIST_KINDS } from '../../agent/credential/signed-list.js';
import { listFile } from '../../agent/trust/open-trust.js';
import type { Action } from './actions.js';
import { doTap } from './clerk.js';
import { press, takeAway } from './counter.js';
import { FOLDERS, type Machine } from './machine.js';
import { takeBack } from './take-back.js';
import type { World } from './world.js';

type Of<K extends Action['kind']> = Extract<Action, { readonly kind: K }>;

/** Begins an action; what takes time goes on beside what comes next. */
export async function carryOut(world: World, action: Action): Promise<void> {
  switch (action.kind) {
    case 'wait':
      return;
    case 'tap':
      return tap(world, action);
    case 'take-back':
      return takeOneBack(world, action);
    case 'press':
      return pressKey(world, action);
    case 'card':
      return world.cards[action.card]?.plan(action);
    case 'fraud':
      return defraud(world, action);
    case 'link':
      return world.network.begin(action);
    case 'broker':
      return restartBroker(world, action);
    case 'publish': {
      const card = world.kit.cards[action.card]?.serial ?? 0;
      return world.authority.publish(action.change, card, world.time.clock.nowMs());
    }
    case 'store':
      Object.assign(world.centre.trouble, { fault: action.fault, calls: action.calls });
      return;
    case 'backup':
      return world.centre.backup();
    case 'restore':
      return world.centre.restore(action.part, action.place);
    case 'crash':
      return crash(world, action);
    default: {
      const machine = world.machineOf(action.terminal);
      if (machine !== null) atMachine(world, machine, action);
    }
  }
}

function atMachine(
  world: World,
  machine: Machine,
  action: Of<'disk' | 'bring' | 'reload' | 'full' | 'rot' | 'image' | 'clock' | 'drift'>,
): void {
  switch (action.kind) {
    case 'disk':
      machine.plan(action);
      return;
    case 'bring':
      bring(world, machine, action);
      return;
    case 'reload':
      void machine.process?.reload();
      return;
    case 'full':
      machine.fill(action.forMs);
      return;
    case 'rot':
      machine.rot(action.what, action.place);
      return;
    case 'image':
      image(world, machine, action);
      return;
    case 'clock':
      machine.noteClock();
      machine.clock.jump(action.jumpMs);
      machine.noteClock();
      machine.fault(action.jumpMs > 0 ? 'clock.forward' : 'clock.back');
      return;
    case 'drift':
      machine.noteClock();
      machine.clock.walk(action.drift);
      machine.fault('clock.walk');
      return;
  }
}

function tap(world: World, action: Of<'tap'>): void {
  world.taps += 1;
  const machine = world.machineOf(action.terminal);
  const serial = world.kit.cards[action.card]?.serial;
  // Where there is a copy of a card, now this one is shown and now the other.
  const same = world.cards.filter((card) => card.serial === serial);
  const card = same[world.taps % Math.max(1, same.length)];
  if (machine !== null && card !== undefined) void doTap(machine, card, action);
}

function takeOneBack(world: World, action: Of<'take-back'>): void {
  const machine = world.machineOf(action.terminal);
  const process = machine?.process;
  if (machine === null || process === null || process === undefined) return;
  const grants = [...process.journal.state().undispensed.values()];
  const grant = grants[Math.floor(action.grant * grants.length)];
  const same = world.cards.filter((card) => card.serial === grant?.intent.card);
  const card = same[world.taps % Math.max(1, same.length)];
  if (grant === undefined || card === undefined) return;
  const visit = { process, machine, card };
  void takeBack(visit, grant.intent.tapId, action).then(() => takeAway(visit));
}

function pressKey(world: World, { terminal, key }: Of<'press'>): void {
  const process = world.machineOf(terminal)?.process;
  if (process === null || process === undefined) return;
  const { screen } = process.terminal.backend.state();
  const pending = screen.name === 'idle' ? screen.pending[0]?.tapId : undefined;
  const tapId = pending ?? ('tapId' in screen ? screen.tapId : '0000000000000000');
  void press(process, key === 'confirm' ? { type: key, tapId, quantities: { loaf: 1 } } : { type: key, tapId });
}

function defraud(world: World, { card, fraud }: Of<'fraud'>): void {
  const there = world.cards[card];
  if (there === undefined) return;
  const harmed = (kind: 'card.old-image' | 'card.clone' | 'card.garbled'): void => world.harmed(there, kind);
  switch (fraud) {
    case 'save':
      there.saved = there.chip.dump();
      return;
    case 'old-image':
      // Nobody had thought of it before: from now on there is something to put back.
      if (there.saved === null) {
        there.saved = there.chip.dump();
        return;
      }
      there.chip.restoreUserPages(there.saved);
      harmed('card.old-image');
      return;
    case 'clone':
      if (world.cloneCard(there) !== null) harmed('card.clone');
      return;
    case 'garble':
      there.garble();
      harmed('card.garbled');
      return;
  }
}

function restartBroker(world: World, { downMs }: Of<'broker'>): void {
  world.count('broker.restart');
  world.network.broker.setDown(true);
  world.time.timers.after(downMs, () => world.network.broker.setDown(false));
}

function crash(world: World, { process, index, downMs }: Of<'crash'>): void {
  if (process === 'worker') {
    world.centre.crashWorker(index);
    world.time.timers.after(downMs, () => world.centre.startWorker(index));
  } else if (process === 'settlement') {
    world.centre.settling.crash();
    world.time.timers.after(downMs, () => world.centre.settling.start());
  } else {
    const machine = world.machineOf(index);
    if (machine === null || machine.process === null) return;
    machine.fault('crash.terminal');
    machine.down({ how: 'kill', tear: 0, downMs });
  }
}

function bring(world: World, machine: Machine, { how }: Of<'bring'>): void {
  switch (how) {
    case 'all':
      world.bring(machine, LIST_KINDS);
      return;
    case 'partial': {
      machine.fault('lists.partial');
      const kinds = LIST_KINDS.filter(() => world.random.chance(0.5));
      world.bring(machine, kinds);
      return;
    }
    case 'old':
      machine.fault('lists.old');
      world.bring(machine, LIST_KINDS, 1 + world.random.below(3));
      return;
    case 'forged': {
      machine.fault('lists.forged');
      const kind = world.random.pick(LIST_KINDS);
      const bytes = Uint8Array.from(world.authority.lists()[kind]);
      const at = world.random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << world.random.below(8));
      machine.disk.poke(`${FOLDERS.lists}/${listFile(kind)}`, bytes);
    }
  }
}

function image(world: World, machine: Machine, { what }: Of<'image'>): void {
  const { index } = machine;
  const saved = world.images[index] ?? null;
  if (what === 'save' || saved === null) {
    world.images[index] = machine.image();
    return;
  }
  const other = world.addMachine(index, what === 'restore' ? { image: saved, clock: machine.clock } : { image: saved });
  if (other === null) return;
  if (what === 'restore') machine.retire();
  other.fault(what === 'restore' ? 'terminal.old-image' : 'terminal.fork');
  other.start();
}
