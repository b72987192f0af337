/** A statement in tables, with the Arabic names of the policy. */
import { dueOf, type Totals } from '../../../sync/settlement/statement/figures.js';
import type { AccountLine, StatementLine } from '../../../sync/settlement/statement/lines.js';
import type { HeldEntry, StatementBody } from '../../../sync/settlement/statement/statement.js';
import type { Policy } from '../../domain/policy.js';
import { moneyText } from '../shared/money-text.js';
import type { Output } from '../shared/output.js';
import { table } from '../shared/table.js';

/** A terminal's own figures. */
export interface OwnFigures extends Totals {
  readonly terminal: string;
  readonly from: string;
  readonly until: string;
  readonly currency: string | null;
  readonly lines: readonly StatementLine[];
  readonly accounts: readonly AccountLine[];
  /** Null for a period without any service. */
  readonly digest: string | null;
  readonly isWhole: boolean;
}

/** Prints a statement: lines by day and commodity, what is late, what is held back, and what each terminal recorded. */
export function tellStatement(statement: StatementBody, policy: Policy | null, output: Output): void {
  const { site, from, until, currency, lines, totals, late, accounts, due } = statement;
  const money = moneyText(currency);
  output.line(`${site}  ${from} to ${until}`);
  tellLines(lines, { policy, money, output });
  output.line(`${summary(totals, money)}.`);
  if (late.lines.length > 0) {
    output.line('');
    output.line('Late, of days before:');
    tellLines(late.lines, { policy, money, output });
    output.line(`${summary(late.totals, money)}.`);
  }
  tellAccounts(accounts, policy, output);
  tellHeld('Held back until somebody decides', statement.heldBack, { money, output });
  tellHeld('Refused', statement.refused, { money, output });
  output.line('');
  for (const { terminal, services, voids, owed, purse = 0, digest } of statement.terminals)
    output.line(
      `${terminal} recorded ${services} services, ${voids} voids, owed ${money(dueOf({ owed, purse }))}, digest ${digest}`,
    );
  for (const { terminal, epoch, first, last } of statement.missing)
    output.line(`The centre lacks events ${first} to ${last} of ${terminal} (${epoch}): services may still come.`);
  output.line(`Due to the outlet: ${money(due)}`);
}

/** Prints a terminal's own figures. */
export function tellOwn(own: OwnFigures, policy: Policy, output: Output): void {
  const money = moneyText(own.currency);
  output.line(`${own.terminal}  ${own.from} to ${own.until}, by its own journal`);
  tellLines(own.lines, { policy, money, output });
  output.line(`${summary(own, money)}.`);
  tellAccounts(own.accounts, policy, output);
  output.line(own.digest === null ? 'Nothing was served.' : `Digest ${own.digest}`);
  if (!own.isWhole)
    output.line('The journal no longer holds all of this period: events were pruned or damaged, the centre has more.');
}

interface Telling {
  readonly policy: Policy | null;
  readonly money: (minor: number) => string;
  readonly output: Output;
}

function tellLines(lines: readonly StatementLine[], { policy, money, output }: Telling): void {
  if (lines.length === 0) {
    output.line('No services.');
    return;
  }
  const isPaidFromCards = lines.some(({ purse = 0 }) => purse !== 0);
  const head = ['commodity', 'day', 'services', 'quantity', 'gross', 'holder', 'owed'];
  const rows = lines.map(({ day, programme, commodity, services, quantity, gross, holder, purse = 0 }) => [
    nameOf(policy, programme, commodity),
    ...[day, String(services), String(quantity), money(gross), money(holder), money(gross - holder)],
    ...(isPaidFromCards ? [money(purse)] : []),
  ]);
  if (isPaidFromCards) head.push('from cards');
  for (const line of table([head, ...rows])) output.line(line);
}

function tellAccounts(accounts: readonly AccountLine[], policy: Policy | null, output: Output): void {
  for (const { programme, account, amount } of accounts) {
    const rules = policy?.programmes.find(({ number }) => number === programme);
    const name = rules?.accounts?.find(({ number }) => number === account)?.name.ar ?? `account ${account}`;
    output.line(`Paid from accounts of cards: ${name} ${amount}`);
  }
}

function tellHeld(title: string, held: readonly HeldEntry[], { money, output }: Omit<Telling, 'policy'>): void {
  if (held.length === 0) return;
  output.line('');
  output.line(`${title}:`);
  for (const { events, day, gross, holder, purse = 0, reference } of held)
    output.line(`  ${events[0] ?? ''}  ${day}  ${money(gross - holder + purse)}  ${reference}`);
}

/** Statements that were closed before holders could pay from their cards say nothing of it. */
function summary(
  { services, voids, gross, holder, purse = 0, owed }: Totals,
  money: (minor: number) => string,
): string {
  const fromCards = purse === 0 ? '' : `, paid from cards ${money(purse)}, due ${money(dueOf({ owed, purse }))}`;
  const sums = `gross ${money(gross)}, collected ${money(holder - purse)}, owed ${money(owed)}${fromCards}`;
  return `${services} services, ${voids} voids; ${sums}`;
}

function nameOf(policy: Policy | null, programme: number, commodity: number): string {
  const rules = policy?.programmes.find(({ number }) => number === programme);
  return rules?.commodities.find(({ number }) => number === commodity)?.name.ar ?? `#${programme}/${commodity}`;
}
