/** Morocco's patient card: prescriptions that pharmacies dispense in parts, and occupation groups that are enrolled one after the other by the policy alone. */
import type { PaperRequest } from '../../../agent/services/service.js';
import type { PolicyDocument } from '../authority.js';
import type { Holder } from '../cast.js';
import { answered } from '../records.js';
import type { Scenario } from '../scenario.js';
import { exactly } from '../wishes.js';
import type { World } from '../world.js';

const DAYS = 36;
/** From this day on the second group is enrolled. */
const SECOND_FROM = 16;
const WAITING_DAYS = 3;
const GROUPS = [11, 12] as const;
const [PRESCRIPTION, AMOXICILLIN, METFORMIN] = [301, 302, 303] as const;
const BOXES = 5;
const DOCTOR = 'agdal-doctor';
const PHARMACIES = ['hassan-pharmacy', 'souissi-pharmacy', 'kiosk-pharmacy'] as const;
/** The third is not accredited. */
const ACCREDITED = 2;

/** See the head of this file. */
export const morocco: Scenario = {
  name: 'morocco',
  title: 'Morocco: digital patient card',
  rows: [
    {
      id: 'MA1',
      text: 'history, prescriptions, imaging reports and laboratory results on the card, readable by health roles only',
    },
    {
      id: 'MA2',
      text: 'a pharmacy dispenses against the prescription on the card; partial and refill; never more than prescribed',
    },
    { id: 'MA3', text: 'enrolment phased by occupation group, by policy' },
  ],
  policies: ['morocco-pharmacy'],
  firstDay: '2026-10-05',
  timeZone: 'Africa/Casablanca',
  rule: (policy) => enrolled(policy, 1),
  live,
};

/** The first groups are enrolled, and cards wait for days and not for a quarter: a story is shorter than that. */
function enrolled(policy: PolicyDocument, groups: number): PolicyDocument {
  const copy = structuredClone(policy) as { programmes: { schemes: number[]; coverage?: { waitingDays?: number } }[] };
  for (const programme of copy.programmes) {
    // A ministry that took the rule out has no groups to enrol.
    if (programme.schemes.length > 0) programme.schemes = GROUPS.slice(0, groups);
    if (programme.coverage !== undefined) programme.coverage.waitingDays = WAITING_DAYS;
  }
  return copy as unknown as PolicyDocument;
}

async function live(world: World): Promise<void> {
  const here = { area: 'rabat', programme: 'medicines' };
  await world.openTerminal(DOCTOR, {
    ...{ ...here, site: 'agdal-centre', kind: 'health-centre', accredited: true, role: 'doctor' },
  });
  for (const [index, site] of PHARMACIES.entries())
    await world.openTerminal(site, {
      ...{ ...here, site, kind: 'pharmacy', accredited: index < ACCREDITED, role: 'pharmacist' },
    });
  await openRecordDesks(world);
  for (const scheme of GROUPS)
    await world.issue(Math.ceil(world.people / GROUPS.length), {
      ...{ medium: 'type4', scheme, coverage: { plan: 1, class: 1, familyUnit: 0 } },
    });
  for (let day = 0; day < DAYS; day += 1) {
    if (day === SECOND_FROM) await world.rule((policy) => enrolled(policy, GROUPS.length));
    if (day === 22) await world.network([PHARMACIES[0]], 'away');
    if (day === 26) await world.network([PHARMACIES[0]], 'back');
    for (const [index, holder] of world.holders.entries()) {
      const isFirst = index < world.holders.length / GROUPS.length;
      if (index < PATIENTS) await recordsOn(world, holder, day - index);
      await liveDay(world, holder, { at: day - (isFirst ? 0 : SECOND_FROM + 2) - (index % 3), day, index });
    }
    await world.sleep();
  }
}

/** `at`: days since the group of the holder may come. */
async function liveDay(
  world: World,
  holder: Holder,
  { at, day, index }: { readonly at: number; readonly day: number; readonly index: number },
): Promise<void> {
  const [one, other] = index % 2 === 0 ? [PHARMACIES[0], PHARMACIES[1]] : [PHARMACIES[1], PHARMACIES[0]];
  const medicine = index % 4 === 3 ? AMOXICILLIN : METFORMIN;
  // Some come before it is their turn.
  if (day === 1 + (index % 2) * 5) await world.tap(DOCTOR, holder, exactly(PRESCRIPTION, 1), prescribed(medicine));
  if (at === 4) await world.tap(one, holder, exactly(medicine, 1));
  if (at === 5) await world.tap(DOCTOR, holder, exactly(PRESCRIPTION, 1), prescribed(medicine));
  if (at === 5) await world.tap(one, holder, exactly(medicine, 2));
  if (at === 6) await world.tap(PHARMACIES[2], holder, exactly(medicine, 1));
  if (at === 9) await world.tap(other, holder, exactly(medicine, BOXES - 1));
  if (at === 9) await world.tap(other, holder, exactly(medicine, 2));
  if (at === 13 && index % 3 !== 0) await world.tap(one, holder, exactly(medicine, 1));
  if (at === 14 && index % 3 !== 0) await world.tap(one, holder, exactly(medicine, 1));
}

/** Holders whose records are written and read. */
const PATIENTS = 6;
const [RECEPTION, IMAGING, LABORATORY] = ['agdal-reception', 'rabat-imaging', 'rabat-laboratory'] as const;

/** A reception in the doctor's own centre, an imaging practice and a laboratory; of them and the pharmacies the last alone is given no key. */
async function openRecordDesks(world: World): Promise<void> {
  const here = { area: 'rabat', programme: 'medicines', accredited: true };
  await world.openTerminal(RECEPTION, { ...here, site: 'agdal-centre', kind: 'health-centre', role: 'clerk' });
  await world.openTerminal(IMAGING, { ...here, site: IMAGING, kind: 'imaging-centre', role: 'radiologist' });
  await world.openTerminal(LABORATORY, { ...here, site: LABORATORY, kind: 'laboratory', role: 'laboratory' });
  // The reception stands at a health site and has the key of the site: what keeps it out is the role alone.
  await world.openHealth([DOCTOR, RECEPTION, IMAGING, LABORATORY]);
}

/** `at`: days since the first visit of the patient. */
async function recordsOn(world: World, holder: Holder, at: number): Promise<void> {
  if (at === 0) {
    await world.records(DOCTOR, holder, {
      add: () => [
        { kind: 'history', text: 'Diabète de type 2 depuis 2019', answers: null },
        { kind: 'allergy', text: 'حساسية من البنسلين', answers: null },
        { kind: 'laboratory-request', text: 'HbA1c, créatinine', answers: null },
        { kind: 'prescription', text: 'Metformine 500 mg, 2 fois par jour', answers: null },
      ],
    });
    await world.records(RECEPTION, holder);
    await world.records(PHARMACIES[0], holder);
  }
  if (at === 2)
    await world.records(IMAGING, holder, { add: () => [{ kind: 'imaging', text: 'الصدر: سليم', answers: null }] });
  if (at === 3) await world.records(LABORATORY, holder, { add: answered('HbA1c 7,2 % ; créatinine 9 mg/l') });
  if (at === 5) await world.records(DOCTOR, holder, { reason: 'holder-asked' });
}

function prescribed(commodity: number): { readonly papers: readonly PaperRequest[] } {
  return { papers: [{ writtenBy: PRESCRIPTION, commodity, quantity: BOXES, site: 0 }] };
}
