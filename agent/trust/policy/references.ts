/** What is named once and pointed at from elsewhere: ids and numbers are unique, and every reference leads to something of the right kind. */
import { checkAccounts, ledgerOf } from './accounts.js';
import {
  accountsOf,
  commoditiesOf,
  type KnownCommodity,
  type KnownPolicy,
  type KnownProgramme,
  lacks,
  nameOf,
  numbersIn,
  type Place,
  placesIn,
  programmesOf,
} from './places.js';
import { nearest, type Path, type Report } from './problem.js';
import { checkPurse } from './purse.js';

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
    const ledger = ledgerOf(programme, programmes);
    checkPurse(ledger, report);
    for (const commodity of commoditiesOf(programme)) {
      checkAccounts(commodity, ledger, report);
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
    if (lacks(found.commodity.value, 'consumes')) {
      refuse(`commodity ${name} uses no paper up`, `add "consumes" to ${name}, or leave its number out here`);
    } else if (used?.kind !== undefined && writes?.kind !== undefined && used.kind !== writes.kind) {
      refuse(
        `commodity ${name} uses up papers of kind "${used.kind}", not "${writes.kind}"`,
        'make both the same kind',
      );
    }
    const { family } = within.programme.value;
    if (family !== undefined && found.family !== undefined && found.family !== family) {
      refuse(`commodity ${name} is on another ledger of the card`, 'put both programmes into one family');
    }
  }
  if (consumes?.kind === undefined || value.number === undefined || !lacks(consumes, 'exemptions')) return;
  const writers = all.filter(({ commodity }) => commodity.value.writes !== undefined);
  const isWritten = writers.some(({ commodity }) => numbersIn(commodity.value.writes?.for).includes(value.number ?? 0));
  if (isWritten || all.some(({ commodity }) => commodity.value.writes?.for?.includes(undefined))) return;
  report({
    path: [...path, 'consumes', 'kind'],
    kind: 'reference',
    message: `nothing in this policy writes a paper of kind "${consumes.kind}" for ${nameOf(value)}, so nobody could ever have it`,
    remedy: `add ${value.number} to "writes.for" of a commodity that writes such papers, or remove "consumes"`,
  });
}
