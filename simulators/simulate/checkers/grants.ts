/** Invariants of the desk: what is granted, and what is written to cards. */
import type { Checker } from '../checker.js';
import type { SeenIntent } from '../history.js';

/** 1. No grant is on a screen without a COMMIT, and its event, that were durable before. */
export function grantsAreDurable(): Checker {
  return {
    name: 'grants are durable',
    see: (seen, history, verdicts) => {
      if (seen.type !== 'screen' || seen.name !== 'granted') return;
      const machine = history.machine(seen.machine);
      const tap = machine.intents.get(seen.tapId ?? '');
      const [, epoch = '', seq = ''] = (seen.receipt ?? '').split(':');
      const event = machine.epochs.get(epoch)?.events.get(Number(seq))?.event;
      const recorded =
        event?.type === 'redemption' &&
        event.card === tap?.intent.card &&
        event.ledgerSequence === tap.intent.ledgerSequence &&
        event.items.reduce((sum, { quantity }) => sum + quantity, 0) === seen.taken;
      verdicts.check(
        1,
        tap?.state === 'committed' && recorded,
        () => `${seen.machine} shows the grant ${seen.receipt} of tap ${seen.tapId}, which is not durable`,
      );
    },
  };
}

interface Grant {
  readonly machine: string;
  readonly tapId: string;
}

/** 2. At most one grant for each sequence of a card, but for cards and terminals that were copied or put back, or lost what they knew. */
export function oneGrantEach(): Checker {
  const granted = new Map<string, Grant[]>();
  return {
    name: 'one grant each',
    see: (seen, history, verdicts) => {
      if (seen.type !== 'frame') return;
      const machine = history.machine(seen.machine);
      for (const entry of seen.entries) {
        const tap = entry.kind === 'commit' ? machine.intents.get(entry.tapId) : undefined;
        if (tap === undefined) continue;
        const { card, ledgerSequence, tapId } = tap.intent;
        const key = `${card}/${ledgerSequence}`;
        const others = granted.get(key) ?? [];
        granted.set(key, [...others, { machine: seen.machine, tapId }]);
        const excused =
          history.tainted.has(card) ||
          [...others, { machine: seen.machine }].some(({ machine: name }) => {
            const one = history.machine(name);
            return one.spoilt || history.forkedTerminals.has(one.terminal);
          });
        verdicts.check(
          2,
          others.length === 0 || excused,
          () =>
            `card ${card} was granted sequence ${ledgerSequence} by ${others.map((one) => one.machine).join(', ')} and by ${seen.machine}`,
        );
      }
    },
  };
}

/** 3. Nothing is written to a card's ledger but what a durable, open INTENT says; and no intent is forgotten. */
export function debitsAreIntended(): Checker {
  return {
    name: 'debits are intended',
    see: (seen, history, verdicts) => {
      if (seen.type === 'card-write') {
        const machine = history.machine(seen.machine);
        const intents = [...machine.intents.values()];
        // Of a spoilt journal the end of a tap may be lost, so that the tap is ended again.
        const fits = ({ intent, state }: SeenIntent): boolean =>
          (state === 'open' || machine.spoilt) &&
          intent.card === seen.serial &&
          hex(intent.slotImage.subarray(seen.at, seen.at + seen.bytes.length / 2)) === seen.bytes;
        verdicts.check(
          3,
          intents.some(fits),
          () => `${seen.machine} writes to ${seen.card} what no durable intent says`,
        );
      }
      if (seen.type === 'end' && seen.mode === 'liveness') {
        for (const [name, machine] of history.machines) {
          if (machine.retired || machine.spoilt) continue;
          for (const { intent, state, reported } of machine.intents.values())
            verdicts.check(
              3,
              state === 'committed' || reported,
              () => `${name} has told nobody of the intent ${intent.tapId} on card ${intent.card}, which is ${state}`,
            );
        }
      }
    },
  };
}

/** 14. A card in the hotlist that is in force is not served: neither anew nor by ending an interrupted tap. */
export function hotlistHolds(): Checker {
  return {
    name: 'the hotlist holds',
    see: (seen, history, verdicts) => {
      if (seen.type === 'appending') {
        for (const entry of seen.entries) {
          if (entry.kind !== 'step' || entry.step.step !== 'intent') continue;
          const { card } = entry.step;
          verdicts.check(14, !seen.hotlisted(card), () => `${seen.machine} serves card ${card}, which its hotlist has`);
        }
      }
      if (seen.type === 'screen' && seen.name === 'writing') {
        const tap = history.machine(seen.machine).intents.get(seen.tapId ?? '');
        if (tap === undefined) return;
        const { card } = tap.intent;
        verdicts.check(
          14,
          seen.hotlisted?.(card) !== true,
          () => `${seen.machine} ends a tap of card ${card}, which its hotlist has`,
        );
      }
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
