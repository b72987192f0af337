/** One card carried between two terminals whose clocks go as they like: what it was granted, and what was given back. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { apply, carryOut } from '../../agent/services/apply.js';
import { decide } from '../../agent/services/decide.js';
import type { LedgerFacts, PaperRequest, ServiceGrant, ServiceSnapshot } from '../../agent/services/service.js';
import { takeBack } from '../../agent/services/take-back.js';
import { next } from './desk.js';

/** The seed of every property: fast-check prints it, with the path to the case, when one fails. */
export const SEED = 20_261_122;

/** A tap: at which terminal, how far its clock goes before, and what is asked for; or an earlier service that is taken back. */
export interface Step {
  readonly terminal: 0 | 1;
  /** Hours by which the clock of the terminal goes on, or back. */
  readonly hours: number;
  readonly commodity: number;
  readonly quantity: number;
  /** Of the services granted before, the one that is taken back; null for a service. */
  readonly back: number | null;
  readonly paper?: PaperRequest;
}

/** Steps of at most so many hours each way. */
export function stepsOf(hours: { readonly min: number; readonly max: number }, commodities = 1): fc.Arbitrary<Step[]> {
  const step = fc.record({
    terminal: fc.constantFrom<0 | 1>(0, 1),
    hours: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 30 }) }, fc.integer(hours)),
    commodity: fc.integer({ min: 1, max: commodities }),
    quantity: fc.integer({ min: 1, max: 14 }),
    back: fc.option(fc.nat({ max: 5 }), { freq: 4 }),
  });
  return fc.array(step, { maxLength: 40 });
}

/** A granted service: what counts of it, and until when it did. */
export interface Granted {
  readonly grant: ServiceGrant;
  /** Where the clock of the terminal stood. */
  readonly day: number;
  isBack: boolean;
}

/** What came of all steps. */
export interface History {
  readonly ledger: LedgerFacts;
  readonly granted: readonly Granted[];
  /** The highest day that any clock showed at a tap that changed the ledger. */
  readonly highest: number;
}

/** How days are counted, and at what time both clocks begin. */
export interface Site {
  readonly startMs: number;
  dayOf(timeMs: number): number;
}

/** Carries the steps out, one after another, each on the ledger as the one before left it. */
export function live(start: ServiceSnapshot, steps: readonly Step[], site: Site): History {
  const clocks: [number, number] = [site.startMs, site.startMs];
  const granted: Granted[] = [];
  let ledger = start.ledger;
  let highest = ledger.day;
  for (const step of steps) {
    clocks[step.terminal] += step.hours * 3_600_000;
    const day = site.dayOf(clocks[step.terminal]);
    const snapshot = { ...start, ledger, day };
    const target = step.back === null ? undefined : granted.at(-1 - step.back);
    if (target !== undefined) {
      if (target.isBack) continue;
      const back = takeBack(snapshot, target.grant);
      if (back.outcome !== 'void') continue;
      target.isBack = true;
      ledger = next(back.state, ledger);
    } else {
      const { commodity, quantity, paper } = step;
      const papers = paper === undefined ? {} : { papers: [paper] };
      const request = { items: [{ commodity, quantity }], ...papers };
      const grant = decide(snapshot, request);
      const done = carryOut(snapshot, request);
      if (grant.outcome !== 'grant') {
        expect(done).toEqual(grant);
        continue;
      }
      granted.push({ grant, day, isBack: false });
      const state = apply(snapshot, grant);
      // What the tap writes is what the properties are shown for.
      expect(done).toEqual({ outcome: 'grant', grant, state });
      ledger = next(state, ledger);
    }
    highest = Math.max(highest, day);
  }
  return { ledger, granted, highest };
}

/** Units of a commodity that were granted and not given back. */
export function unitsOf({ grant, isBack }: Granted, commodity = 1): number {
  return isBack ? 0 : (grant.items.find((item) => item.commodity === commodity)?.quantity ?? 0);
}

/** The sum over all services that `counts` says yes to. */
export function total(granted: readonly Granted[], counts: (day: number) => boolean = () => true): number {
  return granted.reduce((sum, one) => sum + (counts(one.grant.effects.day) ? unitsOf(one) : 0), 0);
}
