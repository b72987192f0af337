/**
 * Port Said's health insurance: eleven weeks at a family unit, three hospitals and a post office; and, with the same cards, bread and paid supplies. Every holder has a
 * smart card, but for a few whom the state pays for and who still carry a tag: their referrals are printed.
 */
import type { PaperRequest } from '../../../agent/services/service.js';
import type { PolicyDocument } from '../authority.js';
import type { Holder } from '../cast.js';
import type { Scenario } from '../scenario.js';
import type { ListedName, TapOptions, Wish } from '../terminal-port.js';
import { exactly, only } from '../wishes.js';
import type { World } from '../world.js';

const DAYS = 77;
const AREA = 'port-said';
const UNIT = 'manakh-unit';
/** The third is not accredited. */
const HOSPITALS = ['salam-hospital', 'zohour-hospital', 'private-hospital'] as const;
const ACCREDITED = 2;
const [CONTRIBUTION, FILE, CHECK_UP, VISIT, REFERRAL, PERIODIC, AFTER_DISCHARGE] = [101, 102, 103, 104, 105, 106, 107];
const [CONSULTATION, IMAGING, SURGERY, DISCHARGE] = [108, 109, 111, 112];
const [LOAF, SUGAR, TOP_UP] = [1, 2, 301];
/** Programme and account of the money on cards. */
const PURSE = 301;
/** What one top-up puts onto a card, and costs, in piasters. */
const FIFTY_POUNDS = 5_000;
const [LISTED_FILE, LISTED_CHECK_UP] = [113, 114];
const REGISTRATION = 'registration';
const REGISTER = 'manakh-2026';
/** Programmes that the insurance pays for. */
const INSURED = [101, 102, 103];
/** People of the register. */
const LISTED = 24;
const WORDS = { ar: 'تسجيل', fr: 'inscription', en: 'registration' };
const EMERGENCY = 101;
/** Employees, those who work for themselves, pensioners, and those for whom the state pays. */
const CLASSES = [1, 2, 3, 4];
const STATE_PAYS = 4;

/** People with a tag, which has no health ledger. */
const TAGS = 4;
/** The day on which they are referred, and begin to use their slips. */
const SLIP_DAY = 30;

/** See the head of this file. */
export const portSaidHealth: Scenario = {
  name: 'port-said-health',
  title: 'Port Said: health insurance, and one card for all of it',
  rows: [
    { id: 'UC1', text: 'one card serves ration, health insurance and payment, at terminals of each kind' },
    {
      id: 'PS4',
      text: 'health insurance: family file opened at the home unit, by own and mother’s name where there is no card yet; free first check-up; family doctor',
    },
    { id: 'PS5', text: 'contributions paid, or paid by the state for those who cannot; what that does to eligibility' },
    {
      id: 'PS6',
      text: 'hospital only with an electronic referral (also for advanced tests and surgery), the holder chooses among accredited hospitals; used once',
    },
    { id: 'PS7', text: 'emergency without referral, as a named and audited exemption' },
    { id: 'PS8', text: 'follow-up at the unit after discharge, and periodic follow-up; appointments' },
    { id: 'PS9', text: 'only accredited facilities; insurer, provider and regulator see only what is theirs' },
  ],
  policies: ['egypt-health', 'egypt-rations'],
  firstDay: '2026-10-01',
  timeZone: 'Africa/Cairo',
  rule,
  live,
};

/** The unit also opens files for people of its quarter whose cards are not made yet, from the register of the quarter; and prices of rations may be paid from cards, which the grocer fills. */
function rule(policy: PolicyDocument): PolicyDocument {
  const copy = structuredClone(policy) as { programmes: object[] };
  const once = (id: string, number: number) => ({
    ...{ id, number, name: WORDS, unit: WORDS, quotas: [{ per: 'card', every: 'once', amount: 1 }] },
  });
  copy.programmes.push({
    ...{ id: REGISTRATION, number: 104, title: WORDS, family: 2, schemes: [], doubtfulLedgerMax: 0 },
    commodities: [once('file-by-names', LISTED_FILE), once('check-up-by-names', LISTED_CHECK_UP)],
    place: { siteKinds: ['family-unit'], accredited: true },
    campaign: { roster: REGISTER, withoutCard: true },
  });
  const rations = copy.programmes.find((one) => Reflect.get(one, 'id') === 'rations');
  if (rations !== undefined) Reflect.set(rations, 'purse', PURSE);
  const gives = [{ account: PURSE, amount: FIFTY_POUNDS }];
  const quotas = [{ per: 'card', every: 'day', amount: 2 }];
  copy.programmes.push({
    ...{ id: 'purse', number: PURSE, title: WORDS, family: 1, schemes: [1], doubtfulLedgerMax: 0 },
    commodities: [
      { id: 'top-up', number: TOP_UP, name: WORDS, unit: WORDS, quotas, gives, price: { amount: FIFTY_POUNDS } },
    ],
    accounts: [{ id: 'purse', number: PURSE, kind: 'amount', name: WORDS, max: 50_000, needsProof: true }],
    place: { siteKinds: ['grocer'] },
  });
  return copy as unknown as PolicyDocument;
}

async function live(world: World): Promise<void> {
  const accredited = { area: AREA, accredited: true };
  await world.openTerminal('post-1', {
    site: 'arab-post',
    kind: 'post-office',
    area: AREA,
    programme: 'contributions',
  });
  const unit = { ...accredited, site: UNIT, kind: 'family-unit', programme: 'family-medicine' };
  await world.openTerminal('unit-desk', { ...unit, programme: ['family-medicine', REGISTRATION] });
  await world.openTerminal('arab-doctor', { ...unit, site: 'arab-unit', role: 'doctor' });
  await world.openTerminal('unit-doctor', { ...unit, role: 'doctor' });
  for (const [index, site] of HOSPITALS.entries())
    await world.openTerminal(site, {
      ...{ site, kind: 'hospital', area: AREA, accredited: index < ACCREDITED, programme: 'hospital', role: 'doctor' },
    });
  await world.openTerminal('salam-2', {
    ...{ site: HOSPITALS[0], kind: 'hospital', area: AREA, accredited: true, programme: 'hospital', role: 'doctor' },
  });
  await world.openTerminal('bakery-1', { site: 'manakh-bakery', kind: 'bakery', area: AREA, programme: 'rations' });
  await world.openTerminal('grocer-1', {
    ...{ site: 'manakh-grocer', kind: 'grocer', area: AREA, programme: ['rations', 'purse'], takesPayments: true },
  });
  for (const which of CLASSES)
    await world.issue(Math.ceil(world.people / CLASSES.length), {
      ...{ medium: 'type4', homeSite: UNIT, coverage: { plan: 1, class: which, familyUnit: 1 } },
    });
  const smart = [...world.holders];
  const tags = await world.issue(TAGS, {
    ...{ medium: 'ntag216', homeSite: UNIT, coverage: { plan: 1, class: STATE_PAYS, familyUnit: 1 } },
  });
  const listed = await world.list(REGISTER, LISTED);
  await openViews(world);
  for (let day = 0; day < DAYS; day += 1) {
    for (const [index, person] of listed.entries()) if (day === 1 + (index % 4)) await openFile(world, person);
    if (day === 20) await world.network(['unit-doctor', 'zohour-hospital'], 'away');
    if (day === 25) await world.network(['unit-doctor', 'zohour-hospital'], 'back');
    for (const [index, holder] of smart.entries()) await liveDay(world, holder, { day, index });
    if (day === SLIP_DAY) await referOnSlips(world, tags);
    await world.sleep();
    // While some are still without a network: what they have comes later.
    if (day === 22 || day === 50) await world.views?.follow();
  }
}

/** The hospitals and the unit, the insurer, the ministry, and a ministry's office that is not concerned. */
async function openViews(world: World): Promise<void> {
  const classes = new Map(world.holders.map(({ person, coverageClass }) => [person.serial, coverageClass]));
  await world.openViews({
    parties: [
      ...[...HOSPITALS, UNIT].map((site) => ({ party: site, kind: 'provider', sites: [site] })),
      { party: 'health-fund', kind: 'insurer', programmes: INSURED, plans: [1] },
      { party: 'ministry', kind: 'regulator' },
      { party: 'luxor', kind: 'regulator', areas: ['luxor'] },
    ],
    mustBeAccredited: ['hospital', 'family-unit'],
    memberOf: (card) => {
      const level = classes.get(card) ?? null;
      return level === null ? null : { plan: 1, class: level };
    },
  });
}

/** One day of one holder: most days nothing happens. */
async function liveDay(world: World, holder: Holder, { day, index }: { day: number; index: number }): Promise<void> {
  const at = day - (index % 5);
  if (at === 0) await register(world, holder);
  if (at === 7 && hasMoney(index))
    await world.tap('grocer-1', holder, exactly(TOP_UP, 1), { programme: 'purse', payment: 'cash' });
  if (at % 7 === 2) await buy(world, 'bakery-1', holder, { wish: only([LOAF]), isFromCard: at > 7 && hasMoney(index) });
  if (at === 8 || at === 38)
    await buy(world, 'grocer-1', holder, { wish: exactly(SUGAR, 1), isFromCard: hasMoney(index) });
  if (at === 1 && paysAtOnce(holder)) await pay(world, holder, 1 + (index % 2));
  // The doctor of another family is not theirs.
  if (at === 4) await world.tap('arab-doctor', holder, exactly(VISIT, 1));
  if (at === 3 || at === 40 || at === 66) await world.tap('unit-doctor', holder, exactly(VISIT, 1));
  // Who was turned away for want of a contribution pays, and comes again.
  if (at === 68 && isUnpaid(holder)) {
    await pay(world, holder, 3);
    await world.tap('unit-doctor', holder, exactly(VISIT, 1));
  }
  if (at === 12 && index % 2 === 0) await goToHospital(world, holder, index);
  if (at === 15 && index % 4 === 1) await emergency(world, holder, index);
  if (at === 22 && index % 4 === 1) await followUp(world, holder);
  if (at === 50 && index % 4 === 1) await periodic(world, holder);
}

/** Every other holder has money put onto the card. */
function hasMoney(index: number): boolean {
  return index % 2 === 0;
}

/** From the card, where there is enough on it; else in cash. */
async function buy(
  world: World,
  at: string,
  holder: Holder,
  { wish, isFromCard }: { readonly wish: Wish; readonly isFromCard: boolean },
): Promise<void> {
  const end = isFromCard ? await world.tap(at, holder, wish, { payment: 'purse' }) : null;
  if (end === null || end.name === 'offer') await world.tap(at, holder, wish, { payment: 'cash' });
}

async function register(world: World, holder: Holder): Promise<void> {
  await world.tap('unit-desk', holder, exactly(FILE, 1));
  await world.tap('unit-doctor', holder, exactly(CHECK_UP, 1));
  // One is free.
  await world.tap('unit-doctor', holder, exactly(CHECK_UP, 1));
}

/** Somebody without a card: found by own and mother's name, and looked after like everybody, once. */
async function openFile(world: World, person: ListedName): Promise<void> {
  const how = { programme: REGISTRATION, byNames: true } as const;
  await world.serve('unit-desk', person, exactly(LISTED_FILE, 1), how);
  await world.serve('unit-desk', person, exactly(LISTED_CHECK_UP, 1), how);
  await world.serve('unit-desk', person, exactly(LISTED_FILE, 1), how);
}

/** A referral of the family doctor to the hospital that the holder chose; who has none yet is turned away everywhere. */
async function goToHospital(world: World, holder: Holder, index: number): Promise<void> {
  const kind = index % 4 === 0 ? CONSULTATION : IMAGING;
  const [mine, other] = index % 3 === 0 ? [HOSPITALS[1], HOSPITALS[0]] : [HOSPITALS[0], HOSPITALS[1]];
  await world.tap(mine, holder, exactly(kind, 1));
  await world.tap('unit-doctor', holder, exactly(REFERRAL, 1), paper(REFERRAL, kind, world.siteNumber(mine)));
  await world.tap(other, holder, exactly(kind, 1));
  await world.tap(HOSPITALS[2], holder, exactly(kind, 1));
  await world.tap(mine, holder, exactly(kind, 1));
  await world.tap(mine, holder, exactly(kind, 1));
}

/**
 * Tags have no health ledger, so their referrals are printed. Each is refused without its slip, at another hospital, and with somebody else's; treated with it, and not twice. One
 * terminal is without a network that day: who goes there with a slip that is used up is treated once more, which only the centre can find.
 */
async function referOnSlips(world: World, tags: readonly Holder[]): Promise<void> {
  await world.network(['salam-2'], 'away');
  for (const [index, holder] of tags.entries()) {
    const [mine, other] = index % 2 === 0 ? [HOSPITALS[0], HOSPITALS[1]] : [HOSPITALS[1], HOSPITALS[0]];
    const wish = exactly(CONSULTATION, 1);
    await world.tap('unit-doctor', holder, exactly(REFERRAL, 1), paper(REFERRAL, CONSULTATION, world.siteNumber(mine)));
    const slip = world.slip('unit-doctor');
    const shown = { slip, factors: ['id-document'] } as const;
    await world.tap(mine, holder, wish);
    await world.tap(other, holder, wish, shown);
    const stranger = tags[(index + 1) % tags.length] ?? holder;
    await world.tap(mine, stranger, wish, shown);
    await world.tap(mine, holder, wish, shown);
    await world.tap(mine, holder, wish, shown);
    if (index === 0) await world.tap('salam-2', holder, wish, shown);
  }
  await world.network(['salam-2'], 'back');
}

/** An operation without a referral: refused, until the doctor claims the exemption; at the hospital that is not accredited, also then. */
async function emergency(world: World, holder: Holder, index: number): Promise<void> {
  if (index % 8 === 5) {
    await world.tap(HOSPITALS[2], holder, exactly(SURGERY, 1));
    await world.tap(HOSPITALS[2], holder, exactly(SURGERY, 1), { exemption: EMERGENCY });
  }
  const at = HOSPITALS[index % ACCREDITED] ?? HOSPITALS[0];
  await world.tap(at, holder, exactly(SURGERY, 1));
  await world.tap(at, holder, exactly(SURGERY, 1), { exemption: EMERGENCY });
  await world.tap(at, holder, exactly(DISCHARGE, 1), paper(DISCHARGE, AFTER_DISCHARGE, 0));
}

/** Comes on the appointment of the hospital, gets the next one, and finds that one visit is one. */
async function followUp(world: World, holder: Holder): Promise<void> {
  await world.tap('unit-doctor', holder, exactly(AFTER_DISCHARGE, 1), paper(AFTER_DISCHARGE, PERIODIC, 0));
  await world.tap('unit-doctor', holder, exactly(AFTER_DISCHARGE, 1), paper(AFTER_DISCHARGE, PERIODIC, 0));
}

async function periodic(world: World, holder: Holder): Promise<void> {
  await world.tap('unit-doctor', holder, exactly(PERIODIC, 1), paper(PERIODIC, PERIODIC, 0));
}

async function pay(world: World, holder: Holder, months: number): Promise<void> {
  await world.tap('post-1', holder, exactly(CONTRIBUTION, months));
}

/** Most who have to pay do so at once; for some that is never. */
function paysAtOnce({ person, coverageClass }: Holder): boolean {
  return coverageClass !== STATE_PAYS && person.serial % 7 !== 0;
}

function isUnpaid({ person, coverageClass }: Holder): boolean {
  return coverageClass !== STATE_PAYS && person.serial % 7 === 0;
}

function paper(writtenBy: number, commodity: number, site: number): TapOptions {
  const one: PaperRequest = { writtenBy, commodity, quantity: 1, site };
  return { papers: [one] };
}
