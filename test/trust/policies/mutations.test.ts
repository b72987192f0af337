import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDraft } from '../../../agent/trust/policy/check.js';
import type { Path } from '../../../agent/trust/policy/problem.js';
import { fitsPublished } from './published-schema.js';
import { policiesIn, policyIn, SAMPLES } from './read.js';

const fits = fitsPublished();
const samples = policiesIn(SAMPLES).map((name) => policyIn(SAMPLES, name));

/** Every place in a document but its top. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  const below = Object.entries(value).flatMap(([name, one]) =>
    pathsIn(one, [...path, Array.isArray(value) ? Number(name) : name]),
  );
  return path.length === 0 ? below : [path, ...below];
}

function holderOf(top: object, path: Path): object {
  return path.slice(0, -1).reduce<object>((at, step) => Reflect.get(at, step) as object, top);
}

/** A copy without the member, or item, at `path`. */
function without(top: object, path: Path): object {
  const copy = structuredClone(top);
  const holder = holderOf(copy, path);
  const last = path.at(-1) ?? '';
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else Reflect.deleteProperty(holder, last);
  return copy;
}

/** A copy with a value of another kind at `path`. */
function retyped(top: object, path: Path, pick: number): object {
  const copy = structuredClone(top);
  const holder = holderOf(copy, path);
  const last = path.at(-1) ?? '';
  const before: unknown = Reflect.get(holder, last);
  const kind = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
  const others = [null, true, 1.5, -1, [], [[]], 3.25].filter((one) => kind(one) !== kind(before));
  Reflect.set(holder, last, others[pick % others.length]);
  return copy;
}

const places = samples.map((sample) => ({ sample, paths: pathsIn(sample) }));
const placeInSample = fc
  .record({ which: fc.nat(places.length - 1), at: fc.nat(100_000), pick: fc.nat(100) })
  .map(({ which, at, pick }) => {
    const { sample, paths } = places[which] ?? { sample: {}, paths: [] };
    return { sample, path: paths[at % paths.length] ?? [], pick };
  });

describe('a policy that something happened to', () => {
  test('with a value of another kind anywhere is refused, and never takes the check down', () => {
    fc.assert(
      fc.property(placeInSample, ({ sample, path, pick }) => {
        const { policy, problems } = checkDraft(retyped(sample, path, pick));
        expect(policy).toBeNull();
        // The mistake is told where it is, above it or below it: not somewhere else alone.
        const near = problems.some((one) => one.path.every((step, i) => i >= path.length || step === path[i]));
        expect(near).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('with a member gone is refused where it was required, and taken as it now stands where it was not', () => {
    fc.assert(
      fc.property(placeInSample, ({ sample, path }) => {
        const mutated = without(sample, path);
        const { policy, problems } = checkDraft(mutated);
        if (!fits(mutated)) expect(problems.length).toBeGreaterThan(0);
        // Nothing is filled in, and nothing is dropped without a word.
        if (problems.length === 0) expect(policy).toEqual(mutated);
        else expect(policy).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test('with a member spelt otherwise is refused, and the right spelling offered', () => {
    fc.assert(
      fc.property(placeInSample, ({ sample, path }) => {
        const last = path.at(-1);
        // What tells the variants of a rule apart is told as missing: which one was meant is not known without it.
        const isVariant = path.at(-2) === 'carryOver' && last === 'kind';
        if (typeof last !== 'string' || last.length < 4 || last === '$schema' || isVariant) return;
        const copy = structuredClone(sample);
        const holder = holderOf(copy, path);
        const slip = `${last.slice(0, -2)}${last.at(-1)}${last.at(-2)}`;
        if (slip === last) return;
        Reflect.set(holder, slip, Reflect.get(holder, last));
        Reflect.deleteProperty(holder, last);
        const { problems } = checkDraft(copy);
        const told = problems.find((one) => one.kind === 'unknown-key' && one.path.at(-1) === slip);
        expect(told?.remedy).toContain(`"${last}"`);
      }),
      { numRuns: 300 },
    );
  });

  test('several times over is still only told about', () => {
    const changes = fc.array(fc.record({ at: fc.nat(10_000), pick: fc.nat(100), isGone: fc.boolean() }), {
      minLength: 2,
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.constantFrom(...samples), changes, (sample, all) => {
        const mutated = all.reduce((value, { at, pick, isGone }) => {
          const paths = pathsIn(value);
          const path = paths[at % Math.max(1, paths.length)];
          if (path === undefined) return value;
          return isGone ? without(value, path) : retyped(value, path, pick);
        }, sample);
        const { policy, problems } = checkDraft(mutated);
        expect(policy === null).toBe(problems.length > 0);
        if (!fits(mutated)) expect(policy).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test.each([null, 5, 'policy', [], [{}], {}, { programmes: {} }, { programmes: [null] }])(
    '%j is no policy',
    (value) => {
      const { policy, problems } = checkDraft(value);
      expect(policy).toBeNull();
      expect(problems.length).toBeGreaterThan(0);
    },
  );
});
