/** The checkers of services that are taken back bite: a history in which one is wrong breaks an invariant, and a right one none. */
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../simulators/simulate/observations.js';
import { Chain, judged, MACHINE, machine, violationsOf, voidIntentOf, voidOf } from './histories.js';

const TAP = '00000000000000aa';
const BACK = '00000000000000bb';
const AGAIN = '00000000000000cc';

const numbersOf = (history: readonly Observation[]): number[] => [
  ...new Set(violationsOf(history).map(({ invariant }) => invariant)),
];

/** A service that was granted and not handed over. */
function served(): { chain: Chain; history: Observation[] } {
  const chain = new Chain();
  return { chain, history: [machine(), chain.opening(), chain.intent(TAP, 2), chain.commit(TAP, 2)] };
}

/** The same, taken back. */
function takenBack(usedDay = 0): { chain: Chain; history: Observation[] } {
  const { chain, history } = served();
  const back = [chain.voidIntent(voidIntentOf(BACK, usedDay)), chain.voidCommit(BACK, TAP)];
  return { chain, history: [...history, ...back] };
}

const shown = (taken: number): Observation => ({
  ...{ type: 'screen', machine: MACHINE, name: 'voided', tapId: BACK, code: null, receipt: null, taken },
});

const pin = (outcome: 'judged' | 'right', atMs = 0): Observation => ({ type: 'pin', machine: MACHINE, atMs, outcome });

describe('a service that is taken back as it should be', () => {
  it('is checked, and breaks nothing', () => {
    const all = judged([...takenBack().history, shown(3), pin('judged'), pin('right')]);
    expect(all.violations).toEqual([]);
    for (const invariant of [1, 2, 3, 16, 17]) expect(all.counts.get(invariant)).toBeGreaterThan(0);
  });
});

describe('the checkers of what is taken back', () => {
  it('1: see it on the screen before it is durable, and more of it than was recorded', () => {
    expect(numbersOf([...served().history, shown(3)])).toEqual([1]);
    expect(numbersOf([...takenBack().history, shown(4)])).toEqual([1]);
  });

  it('2: see a service that is taken back twice', () => {
    const { chain, history } = takenBack();
    const twice = [
      chain.voidIntent(voidIntentOf(AGAIN, 0, 4)),
      chain.voidCommit(AGAIN, TAP, voidOf({ ledgerSequence: 4 })),
    ];
    expect(numbersOf([...history, ...twice])).toEqual([2]);
  });

  it('2: see one that was handed over before, or is afterwards', () => {
    const { chain, history } = served();
    const back = [chain.voidIntent(voidIntentOf(BACK)), chain.voidCommit(BACK, TAP)];
    expect(numbersOf([...history, chain.dispensed(TAP), ...back])).toEqual([2]);
    const after = takenBack();
    expect(numbersOf([...after.history, after.chain.dispensed(TAP)])).toEqual([2]);
  });

  it('2: see one that the terminal never served', () => {
    const chain = new Chain();
    const begin = [machine(), chain.opening()];
    const back = [chain.voidIntent(voidIntentOf(BACK)), chain.voidCommit(BACK, TAP)];
    expect(numbersOf([...begin, ...back])).toEqual([2]);
  });

  it('3: see one without an event, or whose event names nobody who allowed it', () => {
    const { chain, history } = served();
    const begun = chain.voidIntent(voidIntentOf(BACK));
    const nobody = chain.voidCommit(BACK, TAP, voidOf({ supervisor: 0 }));
    expect(numbersOf([...history, begun, nobody])).toEqual([3]);
  });

  it('3: see a card that was given back more than was taken', () => {
    const { chain, history } = served();
    const partly = [chain.intent(AGAIN, 3), chain.commit(AGAIN, 3)];
    expect(numbersOf([...history, ...partly])).toEqual([3]);
  });

  it('16: see more of them on a day than the rules allow', () => {
    const chain = new Chain();
    const history: Observation[] = [machine(), chain.opening(), chain.intent(TAP, 2), chain.commit(TAP, 2)];
    for (let i = 0; i < 4; i += 1) {
      const tapId = `00000000000000d${i}`;
      const step = voidIntentOf(tapId, 0, 3 + i);
      history.push(chain.voidIntent(step), chain.voidCommit(tapId, TAP, voidOf({ ledgerSequence: 3 + i })));
    }
    expect(numbersOf(history)).toContain(16);
  });

  it('17: see a sixth PIN judged in a row, and not one that a right one or a day lies before', () => {
    const wrong = (count: number, atMs = 0): Observation[] => Array.from({ length: count }, () => pin('judged', atMs));
    const begin = [machine(), new Chain().opening()];
    expect(numbersOf([...begin, ...wrong(6)])).toEqual([17]);
    expect(numbersOf([...begin, ...wrong(5), pin('right'), ...wrong(5)])).toEqual([]);
    expect(numbersOf([...begin, ...wrong(5), ...wrong(5, 86_400_000)])).toEqual([]);
  });
});
