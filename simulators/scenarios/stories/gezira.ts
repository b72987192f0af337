/** Gezira: free treatment days for persons of a list, beside the ordinary clinics of the insured, with an outage in the middle of the campaign. */

import type { HealthRecordRules } from '../../../agent/domain/health-record.js';
import type { PolicyDocument } from '../authority.js';
import type { Holder } from '../cast.js';
import { answered } from '../records.js';
import type { Scenario } from '../scenario.js';
import type { ListedName } from '../terminal-port.js';
import { exactly, only } from '../wishes.js';
import type { World } from '../world.js';
import { INSURED_PROGRAMMES, insurance, Modernised } from './gezira-cards.js';

const [CONSULTATION, LABORATORY, TREATMENT, VISIT] = [401, 402, 403, 411] as const;
const LOCALITIES = ['medani', 'hasahisa', 'managil'] as const;
/** A centre of the fund in another state, whose campaign this is not. */
const ELSEWHERE = { area: 'sennar', terminal: 'singa-1', site: 'singa-direct', clinic: 'singa-clinic' } as const;
/** Terminals of the campaign at each centre; a person comes back to the one that served them. */
const DESKS = 2;
/** Days of the story; it begins two days before the campaign. */
const CAMPAIGN = { from: 2, until: 7 } as const;
const DAYS = 9;
const OUTAGE = { at: 'medani', from: 3, until: 6 } as const;
const INSURED = 15;
const WORDS = { ar: 'زيارة', fr: 'visite', en: 'visit' };

const [UNIT, UNIT_DESK, LAB] = ['barakat-unit', 'barakat-desk', 'medani-laboratory'] as const;
/** Patients whose laboratory work is asked for at the unit; days that the laboratory takes. */
const PATIENTS = 6;
const LABORATORY_DAYS = 3;
/** Who may open and write what of a patient's records. */
const RECORDS: HealthRecordRules = {
  rules: [
    {
      roles: ['doctor'],
      siteKinds: ['family-unit'],
      read: ['history', 'laboratory-request', 'laboratory-result', 'allergy'],
      write: ['history', 'laboratory-request', 'allergy'],
    },
    {
      roles: ['laboratory'],
      siteKinds: ['laboratory'],
      read: ['laboratory-request'],
      write: ['laboratory-result'],
    },
  ],
  whenFull: 'oldest-leaves',
};

/** See the head of this file. */
export const gezira: Scenario = {
  name: 'gezira',
  title: "Sudan's national health insurance fund, Gezira",
  rows: [
    {
      id: 'SD1',
      text: 'free treatment day (campaign) at a direct centre: dates, services, free of charge, counted apart',
    },
    {
      id: 'SD2',
      text: '23,034 beneficiaries re-targeted from a list of the Zakat Chamber: imported, searched, served even without a card, once each',
    },
    {
      id: 'SD3',
      text: 'insurance card modernised: the old card read, the new one issued, balances carried',
    },
    {
      id: 'SD4',
      text: 'digital laboratory: request and result, on the card and at the centre',
    },
    {
      id: 'SD5',
      text: 'institutional control: nothing served off the record; federal and state levels each see their share; several localities',
    },
    { id: 'SD6', text: 'service recovery after an outage reported as a figure (the source: 75 %)' },
  ],
  policies: ['gezira-free-days'],
  people: 200,
  firstDay: '2026-12-03',
  timeZone: 'Africa/Khartoum',
  rule,
  live,
};

/** The sample's campaign, announced at a centre of another state as well; and the clinics that the insured visit for a fee. */
function rule(policy: PolicyDocument): PolicyDocument {
  const copy = structuredClone(policy) as { programmes: object[] };
  const [campaign] = copy.programmes as { campaign?: { sites: string[] } }[];
  campaign?.campaign?.sites.push(ELSEWHERE.site);
  const visit = {
    ...{ id: 'visit', number: VISIT, name: WORDS, unit: WORDS, price: { amount: 2_000 } },
    quotas: [{ per: 'card', every: 'day', amount: 1 }],
  };
  copy.programmes.push({
    ...{ id: 'clinic', number: 402, title: WORDS, family: 1, schemes: [1], doubtfulLedgerMax: 0, commodities: [visit] },
  });
  return insurance({ currency: 'SDG', ...copy, healthRecords: RECORDS } as unknown as PolicyDocument);
}

async function live(world: World): Promise<void> {
  const desks = await openCentres(world);
  const persons = await world.list('zakat-2026', world.people);
  const insured = await world.issue(INSURED);
  // Nearly everybody comes on one day, some twice or to another state, and a few on the wrong day.
  world.expect(INSURED + Math.ceil((persons.length * 1.5) / (CAMPAIGN.until - CAMPAIGN.from)));
  const modernised = await Modernised.open(world);
  const clinics = [...LOCALITIES.map((locality) => `${locality}-clinic`), ELSEWHERE.clinic];
  const patients = await openLaboratory(world);
  const cutOff = desks.filter(({ locality }) => locality === OUTAGE.at).map(({ name }) => name);
  for (let day = 0; day < DAYS; day += 1) {
    if (day === OUTAGE.from) await world.network([...cutOff, `${OUTAGE.at}-clinic`], 'away');
    for (const [at, person] of persons.entries()) {
      const desk = desks[at % desks.length]?.name ?? '';
      await campaignDay(world, {
        day,
        person,
        desk,
        dueOn: Math.floor(at / desks.length) % (CAMPAIGN.until - CAMPAIGN.from),
      });
    }
    for (const [at, holder] of insured.entries())
      if (world.random.chance(0.4)) await world.tap(clinics[at % clinics.length] ?? '', holder, exactly(VISIT, 1));
    await modernised.live(day);
    for (const [at, patient] of patients.entries()) await laboratoryDay(world, patient, day - (at % 3));
    // The others have told of this day before what was kept back comes in.
    await world.sync();
    if (day === OUTAGE.until) await world.network([...cutOff, `${OUTAGE.at}-clinic`], 'back');
    await world.sleep();
  }
  await world.settle();
  await world.settleCases();
}

/** A family unit with a doctor and a reception, a laboratory in another town, and patients with smart cards. */
async function openLaboratory(world: World): Promise<readonly Holder[]> {
  const here = { area: 'medani', programme: 'clinic', accredited: true };
  await world.openTerminal(UNIT, { ...here, site: UNIT, kind: 'family-unit', role: 'doctor' });
  await world.openTerminal(UNIT_DESK, { ...here, site: UNIT, kind: 'family-unit', role: 'clerk' });
  await world.openTerminal(LAB, { ...here, site: LAB, kind: 'laboratory', role: 'laboratory' });
  await world.openHealth([UNIT, UNIT_DESK, LAB]);
  return await world.issue(PATIENTS, { medium: 'type4' });
}

/** `at`: days since the patient was at the unit. The network of the laboratory's town may be away meanwhile: the card carries the request. */
async function laboratoryDay(world: World, patient: Holder, at: number): Promise<void> {
  if (at === 0) {
    const request = { kind: 'laboratory-request', text: 'فحص ملاريا وصورة دم كاملة', answers: null } as const;
    await world.records(UNIT, patient, { add: () => [request] });
    await world.records(UNIT_DESK, patient);
    await world.records(`${LOCALITIES[1]}-clinic`, patient);
  }
  if (at === LABORATORY_DAYS) await world.records(LAB, patient, { add: answered('ملاريا: سلبي؛ Hb 12.1 g/dl') });
  if (at === LABORATORY_DAYS + 1) await world.records(UNIT, patient);
}

interface Visit {
  readonly day: number;
  readonly person: ListedName;
  readonly desk: string;
  /** Day of the campaign on which this person comes. */
  readonly dueOn: number;
}

/** Everybody comes on a day of the campaign; some come too early or too late, some a second time, some to the wrong state alone. */
async function campaignDay(world: World, { day, person, desk, dueOn }: Visit): Promise<void> {
  const all = only([CONSULTATION, LABORATORY, TREATMENT]);
  const isOver = day < CAMPAIGN.from || day >= CAMPAIGN.until;
  if (isOver && world.random.chance(0.05)) await world.serve(desk, person, all);
  if (day !== CAMPAIGN.from + dueOn) return;
  if (world.random.chance(0.05)) {
    await world.serve(ELSEWHERE.terminal, person, all);
    return;
  }
  await world.serve(desk, person, all);
  if (world.random.chance(0.1)) await world.serve(desk, person, exactly(CONSULTATION, 1));
}

async function openCentres(world: World): Promise<{ readonly name: string; readonly locality: string }[]> {
  const desks: { name: string; locality: string }[] = [];
  const here = (area: string) => ({ kind: 'direct-centre', area, accredited: true });
  for (const locality of LOCALITIES) {
    const site = `${locality}-direct`;
    for (let at = 1; at <= DESKS; at += 1) {
      const name = `${locality}-${at}`;
      await world.openTerminal(name, { ...here(locality), site, programme: 'free-days', role: 'doctor' });
      desks.push({ name, locality });
    }
    await world.openTerminal(`${locality}-clinic`, {
      ...here(locality),
      site: `${locality}-clinic`,
      programme: ['clinic', ...INSURED_PROGRAMMES],
    });
  }
  const { area, terminal, site, clinic } = ELSEWHERE;
  await world.openTerminal(clinic, { ...here(area), site: clinic, programme: 'clinic' });
  await world.openTerminal(terminal, { ...here(area), site, programme: 'free-days', role: 'doctor' });
  return desks;
}
