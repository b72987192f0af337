import type { Words } from './words.js';

/** A policy in English. */
export const englishWords: Words = {
  day: { one: 'day', other: 'days' },
  month: { one: 'month', other: 'months' },
  service: { one: 'service', other: 'services' },
  unit: { one: 'unit', other: 'units' },
  per: { member: 'for each person', household: 'for each household', card: 'for each card' },
  every: { day: 'a day', month: 'a month', year: 'a year', once: 'once and for all' },
  paper: { referral: 'referral', prescription: 'prescription', appointment: 'appointment', request: 'request' },
  factor: { pin: 'PIN', 'id-document': 'identity document', 'representative-card': 'card of the representative' },
  every_class: 'every class',
  everybody: 'Everybody',
  holder: { scheme: (list) => `scheme ${list}`, plan: (list) => `plan ${list}`, class: (list) => `class ${list}` },
  validity: ['holds', 'stops it'],
  schemes: (list) => `For cards of scheme ${list}.`,
  plan: (plan, classes) => `For holders with coverage: plan ${plan}, ${classes}.`,
  waiting: (days) => `Coverage counts from ${days} after the issue of the card.`,
  siteKinds: (list) => `Served at: ${list}.`,
  accredited: () => 'Served at accredited sites only.',
  areas: (list) => `Rolled out in ${list}.`,
  home: (where) =>
    where === 'home'
      ? 'Served at the holder’s home site only.'
      : where === 'area'
        ? 'Served in the area of the holder’s home site.'
        : 'Served everywhere, whatever the home site.',
  roles: (list) => `Done by: ${list}.`,
  dates: (from, until) => `Runs${from === null ? '' : ` from ${from}`}${until === null ? '' : ` until ${until}`}.`,
  campaignSites: (list) => `A campaign at these sites: ${list}.`,
  roster: (name, withoutCard) => `For persons on the list “${name}”${withoutCard ? ', without a card as well' : ''}.`,
  doubtful: (most, said) =>
    most === 0
      ? 'Nothing to a card whose record is in doubt.'
      : `At most ${said} of each to a card whose record is in doubt.`,
  copyable: (most, said) =>
    most === 0
      ? 'Nothing to a card that can be copied.'
      : `At most ${said} of each in a day to a card that can be copied.`,
  voids: (minutes, perDay) => `A supervisor may take a service back within ${minutes} minutes, ${perDay} times a day.`,
  offlineUnits: (units) => `A terminal serves at most ${units} without the centre.`,
  offlineServices: (services) => `A terminal does at most ${services} without the centre.`,
  ladder: (days, rate) => `After ${days} without the centre: ${rate} of the quota of the day.`,
  signedTime: (days) => `Nothing after ${days} without signed time.`,
  factorRule: (when, accepts) => `The holder proves who they are ${when}: ${accepts}.`,
  factorMedia: (media) => `on ${media}`,
  factorUnits: (units) => `from ${units} on`,
  factorPurse: (sum) => `when ${sum} or more is paid from the card`,
  representatives: (who, services) =>
    `${who === 'household' ? 'Somebody of the household' : 'Whoever is named for the holder'} may draw for them, at most ${services} a month.`,
  exemption: (name, { roles, perDay, supervisor }) =>
    `Exemption “${name}”: claimed by ${roles}${supervisor ? ' with a supervisor' : ''}, at most ${perDay} times a day at a terminal; each is audited.`,
  trial: () => 'A trial: without effect on any entitlement.',
  account: (name, kind, max) =>
    kind === 'amount'
      ? `The card keeps “${name}”, at most ${max}.`
      : kind === 'until'
        ? `The card keeps a day, “${name}”.`
        : `The card keeps a mark, “${name}”.`,
  quota: (amount, per, every) => `At most ${amount} ${per} ${every}.`,
  quotaLine: (who, amount, each) => `${who}: ${amount} ${each} instead.`,
  convert: (each, account) => `Each one not taken by the end of the month becomes ${each} in “${account}”.`,
  accumulate: (max, account) => `What is not taken by the end of the month stays in “${account}”, at most ${max}.`,
  ahead: (days) => `May be collected ${days} ahead.`,
  needs: (account, { kind, value, except }) => {
    const what =
      kind === 'amount'
        ? `at least ${value} in “${account}”`
        : kind === 'until'
          ? `“${account}” not to be over${value === null ? '' : ` by more than ${value}`}`
          : `the mark “${account}”`;
    return `Needs ${what}${except === null ? '' : `, except for class ${except}`}.`;
  },
  gives: (account, what) => `Adds ${what} to “${account}”.`,
  costs: (account, what) => `Takes ${what} off “${account}”.`,
  purse: (account) => `The holder may pay from “${account}” on a card that cannot be copied.`,
  price: (sum) => `Costs ${sum} each.`,
  copayment: (who, part, max) =>
    `${who}: the holder pays ${part}${max === null ? '' : `, at most ${max} for a service`}.`,
  consumes: (paper, exemptions) =>
    `Needs a ${paper}, and uses it up${exemptions === null ? '' : `; or the exemption ${exemptions}`}.`,
  writes: (paper, rule) =>
    `Writes a ${paper} for ${rule.for}, of at most ${rule.most}, that holds ${rule.days}${rule.choose === null ? '' : `; the holder chooses the ${rule.choose}`}.`,
  slip: (paper) => `Where no ledger can take it, the ${paper} is printed as a signed slip, and such slips are taken.`,
};
