/** What is named once and pointed at from elsewhere: ids and numbers are unique, and every reference leads to something of the right kind. */
import {
  accountsOf,
  commoditiesOf,
  type KnownAccount,
  type KnownCommodity,
  type KnownPolicy,
  type KnownProgramme,
  nameOf,
  numbersIn,
  type Place,
  placesIn,
  programmesOf,
} from './policy-places.js';
import { nearest, type Path, type Report } from './policy-problem.js';

/** Reports ids and numbers that are used twice, and references that lead nowhere or to something of another kind. */
export function checkReferences(policy: KnownPolicy, report: Report): void {
  const programmes = programmesOf(policy);
  unique(programmes, { member: 'id', what: 'programme' }, report);
  unique(programmes, { member: 'number', what: 'programme' }, report);
  unique(programmes.flatMap(commoditiesOf), { member: 'number', what: 'commodity' }, report);
  unique(programmes.flatMap(accountsOf), { member: 'number', what: 'account' }, report);
  unique(programmes.flatMap(exemptionsOf), { member: 'number', what: 'exemption' }, report);
  for (const programme of programmes) {
    unique(commoditiesOf(programme), { member: 'id', what: 'commodity' }, report);
    unique(accountsOf(programme), { member: 'id', what: 'account' }, report);
    unique(exemptionsOf(programme), { member: 'id', what: 'exemption' }, report);
    for (const commodity of commoditiesOf(programme)) {
      checkAccounts(commodity, programme, report);
      checkExemptions(commodity, programme, report);
      checkPapers(commodity, { programme, policy }, report);
    }
  }
}

function exemptionsOf({ value, path }: Place<KnownProgramme>) {
  return placesIn(value.exemptions, [...path, 'exemptions']);
}

/** The first keeps its id or number, each further one is a mistake. */
function unique(
  places: readonly Place<{ readonly id?: string | undefined; readonly number?: number | undefined }>[],
  of: { readonly member: 'id' | 'number'; readonly what: string },
  report: Report,
): void {
  const first = new Map<string | number, Path>();
  for (const { value, path } of places) {
    const mark = value[of.member];
    if (mark === undefined) continue;
    const before = first.get(mark);
    if (before === undefined) {
      first.set(mark, path);
      continue;
    }
    const remedy =
      of.member === 'number'
        ? 'give it a number that nothing had before: cards and events know it by its number'
        : 'give it an id of its own';
    report({
      path: [...path, of.member],
      kind: 'duplicate',
      message: `${mark} is the ${of.member} of another ${of.what} already, at ${before.join('.')}`,
      remedy,
    });
  }
}

function checkAccounts(commodity: Place<KnownCommodity>, programme: Place<KnownProgramme>, report: Report): void {
  const { value, path } = commodity;
  const { carryOver } = value;
  if (carryOver !== undefined) {
    const at = [...path, 'carryOver'];
    const account = accountAt({ number: carryOver.account, path: [...at, 'account'] }, programme, report);
    if (account !== null) checkCarryAccount(carryOver, { account, path: at }, report);
  }
  for (const need of placesIn(value.needs, [...path, 'needs'])) {
    const at = { number: need.value.account, path: [...need.path, 'account'] };
    const account = accountAt(at, programme, report);
    if (account !== null) checkNeed(need, account, report);
  }
  for (const member of ['gives', 'costs'] as const) {
    const changes = placesIn(value[member], [...path, member]);
    const seen = new Set<number>();
    for (const change of changes) {
      const at = { number: change.value.account, path: [...change.path, 'account'] };
      const account = accountAt(at, programme, report);
      if (change.value.account !== undefined && seen.has(change.value.account)) {
        report({
          path: at.path,
          kind: 'duplicate',
          message: `account ${change.value.account} stands in this list already`,
          remedy: 'put both into one line',
        });
      }
      if (change.value.account !== undefined) seen.add(change.value.account);
      if (account !== null) checkChange(change, { account, member }, report);
    }
  }
}

/** The account that a number leads to; reports one that leads nowhere. Null where there is none, or where it is not known well enough to tell. */
function accountAt(
  reference: { readonly number: number | undefined; readonly path: Path },
  programme: Place<KnownProgramme>,
  report: Report,
): KnownAccount | null {
  if (reference.number === undefined) return null;
  const accounts = accountsOf(programme);
  const found = accounts.find(({ value }) => value.number === reference.number);
  if (found !== undefined) return found.value;
  const all = programme.value.accounts ?? [];
  // One whose number is wrong in itself may be the one that is meant.
  if (all.length > accounts.length || accounts.some(({ value }) => value.number === undefined)) return null;
  const known = accounts.map(({ value }) => `${value.number} (${nameOf(value)})`).join(', ');
  report({
    path: reference.path,
    kind: 'reference',
    message: `programme ${nameOf(programme.value)} has no account ${reference.number}`,
    remedy: known === '' ? 'add the account to "accounts" of the programme' : `use one of ${known}, or add the account`,
  });
  return null;
}

function checkCarryAccount(
  carryOver: NonNullable<KnownCommodity['carryOver']>,
  at: { readonly account: KnownAccount; readonly path: Path },
  report: Report,
): void {
  const { account, path } = at;
  if (account.kind !== undefined && account.kind !== 'amount') {
    report({
      path: [...path, 'account'],
      kind: 'reference',
      message: `account ${nameOf(account)} is of kind "${account.kind}", and cannot hold what is carried over`,
      remedy: 'name an account of kind "amount"',
    });
  }
  const most = 'max' in carryOver ? carryOver.max : undefined;
  if (most === undefined || account.max === undefined || most <= account.max) return;
  report({
    path: [...path, 'max'],
    kind: 'conflict',
    message: `${most} is more than account ${nameOf(account)} may hold (${account.max})`,
    remedy: 'lower it, or raise "max" of the account',
  });
}

type Need = NonNullable<NonNullable<KnownCommodity['needs']>[number]>;

function checkNeed({ value, path }: Place<Need>, account: KnownAccount, report: Report): void {
  const { kind } = account;
  const refuse = (member: string, message: string, remedy: string): void =>
    report({ path: [...path, member], kind: 'conflict', message, remedy });
  if (kind === 'amount' && value.atLeast === undefined) {
    const message = `is missing: account ${nameOf(account)} is an amount`;
    report({ path: [...path, 'atLeast'], kind: 'missing', message, remedy: 'say how much must be on it' });
  }
  if (kind === 'until' && value.atLeast !== undefined) {
    refuse(
      'atLeast',
      `account ${nameOf(account)} is a day, not an amount`,
      'remove it; "graceDays" is what a day can have',
    );
  }
  if (kind === 'flag' && value.atLeast !== undefined && value.atLeast !== 1) {
    refuse('atLeast', `account ${nameOf(account)} is a flag, and is never more than 1`, 'write 1, or leave it out');
  }
  if (kind !== undefined && kind !== 'until' && value.graceDays !== undefined) {
    refuse(
      'graceDays',
      `account ${nameOf(account)} is no day`,
      'remove it: only accounts of kind "until" have days of grace',
    );
  }
  if (kind === 'amount' && value.atLeast !== undefined && account.max !== undefined && value.atLeast > account.max) {
    refuse(
      'atLeast',
      `account ${nameOf(account)} never holds more than ${account.max}`,
      'lower it, or raise "max" of the account',
    );
  }
}

type Change = NonNullable<NonNullable<KnownCommodity['gives']>[number]>;

function checkChange(
  { value, path }: Place<Change>,
  to: { readonly account: KnownAccount; readonly member: 'gives' | 'costs' },
  report: Report,
): void {
  const { kind, max } = to.account;
  const name = nameOf(to.account);
  if (kind === undefined) return;
  const refuse = (member: string, message: string, remedy: string): void =>
    report({ path: [...path, member], kind: 'conflict', message, remedy });
  if (kind === 'until') {
    if (to.member === 'costs') {
      report({
        path: [...path, 'account'],
        kind: 'reference',
        message: `account ${name} is a day, from which nothing can be taken off`,
        remedy: 'name an account of kind "amount"; what must hold belongs into "needs"',
      });
      return;
    }
    if (value.amount !== undefined) refuse('amount', `account ${name} is a day, not an amount`, 'use "months" instead');
    if (value.months === undefined) {
      const message = `is missing: account ${name} is a day`;
      report({ path: [...path, 'months'], kind: 'missing', message, remedy: 'say by how many months it is moved on' });
    }
    return;
  }
  if (value.months !== undefined) {
    refuse('months', `account ${name} is no day`, 'use "amount" instead: "months" is for accounts of kind "until"');
  }
  if (value.amount === undefined) {
    const message = `is missing: account ${name} is of kind "${kind}"`;
    report({
      path: [...path, 'amount'],
      kind: 'missing',
      message,
      remedy: kind === 'flag' ? 'write 1' : 'say how much',
    });
  } else if (kind === 'flag' && value.amount !== 1) {
    refuse('amount', `account ${name} is a flag, and is never more than 1`, 'write 1');
  } else if (max !== undefined && value.amount > max) {
    refuse('amount', `account ${name} never holds more than ${max}`, 'lower it, or raise "max" of the account');
  }
}

function checkExemptions(
  { value, path }: Place<KnownCommodity>,
  programme: Place<KnownProgramme>,
  report: Report,
): void {
  const exemptions = exemptionsOf(programme).map(({ value: one }) => one.id);
  if (exemptions.includes(undefined)) return;
  const known = exemptions.filter((one) => one !== undefined);
  for (const exemption of placesIn(value.consumes?.exemptions, [...path, 'consumes', 'exemptions'])) {
    if (known.includes(exemption.value)) continue;
    const meant = nearest(exemption.value, known);
    report({
      path: exemption.path,
      kind: 'reference',
      message: `programme ${nameOf(programme.value)} has no exemption "${exemption.value}"${meant === null ? '' : `; did you mean "${meant}"?`}`,
      remedy:
        meant === null
          ? 'add it to "exemptions" of the programme, or remove it here'
          : `write "${meant}", or add the exemption`,
    });
  }
}

/** Where a paper is written for something, that must be there, on the same ledger, and use such a paper up. */
function checkPapers(
  { value, path }: Place<KnownCommodity>,
  within: { readonly programme: Place<KnownProgramme>; readonly policy: KnownPolicy },
  report: Report,
): void {
  const { writes, consumes } = value;
  const programmes = programmesOf(within.policy);
  const all = programmes.flatMap((programme) =>
    commoditiesOf(programme).map((commodity) => ({ commodity, family: programme.value.family })),
  );
  for (const target of placesIn(writes?.for, [...path, 'writes', 'for'])) {
    const found = all.find(({ commodity }) => commodity.value.number === target.value);
    const refuse = (message: string, remedy: string): void =>
      report({ path: target.path, kind: 'reference', message, remedy });
    if (found === undefined) {
      if (all.some(({ commodity }) => commodity.value.number === undefined)) continue;
      refuse(`there is no commodity with the number ${target.value}`, 'name one of the policy, or add it');
      continue;
    }
    const used = found.commodity.value.consumes;
    const name = nameOf(found.commodity.value);
    if (used === undefined) {
      refuse(`commodity ${name} uses no paper up`, `add "consumes" to ${name}, or leave its number out here`);
    } else if (used.kind !== undefined && writes?.kind !== undefined && used.kind !== writes.kind) {
      refuse(`commodity ${name} uses up a ${used.kind}, not a ${writes.kind}`, 'make both the same kind');
    }
    const { family } = within.programme.value;
    if (family !== undefined && found.family !== undefined && found.family !== family) {
      refuse(`commodity ${name} is on another ledger of the card`, 'put both programmes into one family');
    }
  }
  if (consumes?.kind === undefined || value.number === undefined || (consumes.exemptions ?? []).length > 0) return;
  const writers = all.filter(({ commodity }) => commodity.value.writes !== undefined);
  const isWritten = writers.some(({ commodity }) => numbersIn(commodity.value.writes?.for).includes(value.number ?? 0));
  if (isWritten || all.some(({ commodity }) => commodity.value.writes?.for?.includes(undefined))) return;
  report({
    path: [...path, 'consumes', 'kind'],
    kind: 'reference',
    message: `nothing in this policy writes a ${consumes.kind} for ${nameOf(value)}, so nobody could ever have it`,
    remedy: `add ${value.number} to "writes.for" of a commodity that writes a ${consumes.kind}, or remove "consumes"`,
  });
}
