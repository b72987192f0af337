/** What a programme's purse must be: an account of its family that money can stand on, and something that is paid from it. */
import { accountAt, type Ledger } from './accounts.js';
import { commoditiesOf, type KnownAccount, lacks, nameOf, placesIn } from './places.js';
import type { Report } from './problem.js';

/** Reports a purse that is no account of the family, that cannot hold money, that could be copied, or that nothing is paid from; and goods that are paid from what they give. */
export function checkPurse(ledger: Ledger, report: Report): void {
  const { value, path } = ledger.programme;
  const { purse } = value;
  if (purse === undefined) return;
  const at = [...path, 'purse'];
  const account = accountAt({ number: purse, path: at }, ledger, report);
  if (account !== null) checkAccount(account, (problem) => report({ path: at, ...problem }));
  const commodities = commoditiesOf(ledger.programme);
  for (const { value: commodity, path: of } of commodities) {
    if (lacks(commodity, 'price')) continue;
    for (const gives of placesIn(commodity.gives, [...of, 'gives'])) {
      if (gives.value.account !== purse) continue;
      report({
        path: [...gives.path, 'account'],
        kind: 'conflict',
        message: `${nameOf(commodity)} would be paid from what it gives: account ${purse} is the purse of the programme`,
        remedy: 'put what fills the purse into a programme that has no "purse", or take its price away',
      });
    }
  }
  const isSure = value.commodities !== undefined && !value.commodities.includes(undefined);
  if (!isSure || commodities.some(({ value: one }) => !lacks(one, 'price'))) return;
  report({
    path: at,
    kind: 'unreachable',
    message: 'nothing of the programme has a price that could be paid from it',
    remedy: 'remove it, or give a commodity its "price"; "costs" takes from any account of the family without it',
  });
}

function checkAccount(
  account: KnownAccount,
  refuse: (problem: { kind: 'reference' | 'conflict'; message: string; remedy: string }) => void,
): void {
  const { kind, needsProof } = account;
  const name = nameOf(account);
  if (kind !== undefined && kind !== 'amount') {
    refuse({
      kind: 'reference',
      message: `account ${name} is of kind "${kind}", and no money can stand on it`,
      remedy: 'name an account of kind "amount" that counts minor units of the currency',
    });
  }
  if (needsProof === false || lacks(account, 'needsProof')) {
    refuse({
      kind: 'conflict',
      message: `account ${name} may stand on cards that can be copied with all that is on them: the same money would be spent twice`,
      remedy: 'set "needsProof": true on the account',
    });
  }
}
