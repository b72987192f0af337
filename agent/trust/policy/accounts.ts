/** References to accounts: the account is on the same ledger of the card, and what is said of it fits its kind. */
import { LEDGER_FAMILIES } from '../../domain/ledger.js';
import {
  accountsOf,
  type KnownAccount,
  type KnownCommodity,
  type KnownProgramme,
  lacks,
  nameOf,
  type Place,
  placesIn,
} from './places.js';
import type { Path, Report } from './problem.js';

const FAMILIES: readonly number[] = Object.values(LEDGER_FAMILIES);

/** The programme first, then those that share its ledger on the card: a number leads to an account of any of them. */
export function ledgerOf(programme: Place<KnownProgramme>, all: readonly Place<KnownProgramme>[]): Ledger {
  const { family } = programme.value;
  const others = all.filter((one) => one !== programme && family !== undefined && one.value.family === family);
  const programmes = [programme, ...others];
  // An account whose number, or whose ledger, is wrong in itself may be the one that is meant.
  const hasNumbers = programmes.every(({ value }) => (value.accounts ?? []).every((one) => one?.number !== undefined));
  const hasFamilies = all.every(({ value }) => value.family !== undefined && FAMILIES.includes(value.family));
  return { programme, accounts: programmes.flatMap(accountsOf), isSure: hasNumbers && hasFamilies };
}

/** The accounts that a programme may point at. */
export interface Ledger {
  readonly programme: Place<KnownProgramme>;
  readonly accounts: readonly Place<KnownAccount>[];
  /** Whether all accounts that the author wrote for it are among them. */
  readonly isSure: boolean;
}

/** Reports references to accounts that are not there, and changes and needs that do not fit the kind of theirs. */
export function checkAccounts(commodity: Place<KnownCommodity>, ledger: Ledger, report: Report): void {
  const { value, path } = commodity;
  const { carryOver } = value;
  if (carryOver !== undefined) {
    const at = [...path, 'carryOver'];
    const account = accountAt({ number: carryOver.account, path: [...at, 'account'] }, ledger, report);
    if (account !== null) checkCarryAccount(carryOver, { account, path: at }, report);
  }
  for (const need of placesIn(value.needs, [...path, 'needs'])) {
    const at = { number: need.value.account, path: [...need.path, 'account'] };
    const account = accountAt(at, ledger, report);
    if (account !== null) checkNeed(need, account, report);
  }
  for (const member of ['gives', 'costs'] as const) {
    const changes = placesIn(value[member], [...path, member]);
    const seen = new Set<number>();
    for (const change of changes) {
      const at = { number: change.value.account, path: [...change.path, 'account'] };
      const account = accountAt(at, ledger, report);
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
export function accountAt(
  reference: { readonly number: number | undefined; readonly path: Path },
  ledger: Ledger,
  report: Report,
): KnownAccount | null {
  if (reference.number === undefined) return null;
  const { programme, accounts, isSure } = ledger;
  const found = accounts.find(({ value }) => value.number === reference.number);
  if (found !== undefined) return found.value;
  if (!isSure) return null;
  const known = accounts.map(({ value }) => `${value.number} (${nameOf(value)})`).join(', ');
  report({
    path: reference.path,
    kind: 'reference',
    message: `programme ${nameOf(programme.value)} has no account ${reference.number} on its ledger`,
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
  if (kind === 'amount' && lacks(value, 'atLeast')) {
    const message = `is missing: account ${nameOf(account)} is an amount`;
    report({ path: [...path, 'atLeast'], kind: 'missing', message, remedy: 'say how much must be on it' });
  }
  if (kind === 'until' && !lacks(value, 'atLeast')) {
    refuse(
      'atLeast',
      `account ${nameOf(account)} is a day, not an amount`,
      'remove it; "graceDays" is what a day can have',
    );
  }
  if (kind === 'flag' && value.atLeast !== undefined && value.atLeast !== 1) {
    refuse('atLeast', `account ${nameOf(account)} is a flag, and is never more than 1`, 'write 1, or leave it out');
  }
  if (kind !== undefined && kind !== 'until' && !lacks(value, 'graceDays')) {
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
    if (!lacks(value, 'amount')) refuse('amount', `account ${name} is a day, not an amount`, 'use "months" instead');
    if (lacks(value, 'months')) {
      const message = `is missing: account ${name} is a day`;
      report({ path: [...path, 'months'], kind: 'missing', message, remedy: 'say by how many months it is moved on' });
    }
    return;
  }
  if (!lacks(value, 'months')) {
    refuse('months', `account ${name} is no day`, 'use "amount" instead: "months" is for accounts of kind "until"');
  }
  if (lacks(value, 'amount')) {
    const message = `is missing: account ${name} is of kind "${kind}"`;
    report({
      path: [...path, 'amount'],
      kind: 'missing',
      message,
      remedy: kind === 'flag' ? 'write 1' : 'say how much',
    });
  } else if (value.amount === undefined) {
    return;
  } else if (kind === 'flag' && value.amount !== 1) {
    refuse('amount', `account ${name} is a flag, and is never more than 1`, 'write 1');
  } else if (max !== undefined && value.amount > max) {
    refuse('amount', `account ${name} never holds more than ${max}`, 'lower it, or raise "max" of the account');
  }
}
