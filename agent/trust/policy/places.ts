/** Walking through what is well-formed of a policy. */
import type { Known } from './issues.js';
import type { Path } from './problem.js';
import type { DraftPolicy } from './schema.js';

/** What is well-formed of a policy, of a programme in it, and so on. */
export type KnownPolicy = Known<DraftPolicy>;
/** See {@link KnownPolicy}. */
export type KnownProgramme = Known<DraftPolicy['programmes'][number]>;
/** See {@link KnownPolicy}. */
export type KnownCommodity = Known<DraftPolicy['programmes'][number]['commodities'][number]>;
/** See {@link KnownPolicy}. */
export type KnownAccount = Known<NonNullable<DraftPolicy['programmes'][number]['accounts']>[number]>;

/** A value and where it stands. */
export interface Place<T> {
  readonly value: T;
  readonly path: Path;
}

/** The well-formed items of a list, each with its path; none for a list that is not there. */
export function placesIn<T>(list: readonly (T | undefined)[] | undefined, path: Path): Place<T>[] {
  const places: Place<T>[] = [];
  for (const [i, value] of (list ?? []).entries()) if (value !== undefined) places.push({ value, path: [...path, i] });
  return places;
}

/** All programmes. */
export function programmesOf(policy: KnownPolicy): Place<KnownProgramme>[] {
  return placesIn(policy.programmes, ['programmes']);
}

/** All commodities of a programme. */
export function commoditiesOf({ value, path }: Place<KnownProgramme>): Place<KnownCommodity>[] {
  return placesIn(value.commodities, [...path, 'commodities']);
}

/** All accounts of a programme. */
export function accountsOf({ value, path }: Place<KnownProgramme>): Place<KnownAccount>[] {
  return placesIn(value.accounts, [...path, 'accounts']);
}

/** The numbers of a list that are well-formed. */
export function numbersIn(list: readonly (number | undefined)[] | undefined): number[] {
  return (list ?? []).filter((one) => one !== undefined);
}

/** True where the author did not write the member at all; one that is wrong in itself was written. */
export function lacks<T extends object>(one: T, member: keyof T & string): boolean {
  return !(member in one);
}

/** How a programme or commodity is called in a message. */
export function nameOf(one: { readonly id?: string | undefined; readonly number?: number | undefined }): string {
  return one.id ?? `number ${one.number ?? '?'}`;
}
