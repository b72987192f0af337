/** Invented people and their cards. Names are put together from lists; nobody is meant. */

import type { CredentialClaims } from '../../agent/credential/cwt.js';
import { cardContent, NO_OPENINGS, type Openings } from '../../agent/credential/personalise.js';
import type { CoverageClaim } from '../../agent/domain/credential.js';
import type { Signer } from '../../agent/domain/keys.js';
import { ntagLayout, personaliseNtag21x } from '../../drivers/media/ntag21x.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';
import { SimulatedPageCard } from '../readers/simulated-card.js';

const FIRST: readonly (readonly [string, string, 1 | 2])[] = [
  ['سلمى', 'Salma', 2],
  ['كريم', 'Karim', 1],
  ['هدى', 'Huda', 2],
  ['يوسف', 'Youssef', 1],
  ['منى', 'Mona', 2],
  ['طارق', 'Tarek', 1],
  ['نجلاء', 'Naglaa', 2],
  ['رامي', 'Rami', 1],
];
const FATHER: readonly (readonly [string, string])[] = [
  ['عبد الرحيم', 'Abdelrahim'],
  ['مرسي', 'Morsi'],
  ['الشناوي', 'Elshenawy'],
  ['بدران', 'Badran'],
  ['خليفة', 'Khalifa'],
];

/** One invented person. */
export interface Person {
  /** Short name for commands, e.g. `salma-1`. */
  readonly handle: string;
  readonly serial: number;
  readonly arabic: string;
  readonly latin: string;
  readonly gender: 1 | 2;
  readonly householdSize: number;
  readonly draws: number;
}

/** The first `count` people of an endless, always equal list. Serials begin at `firstSerial`. */
export function people(count: number, firstSerial = 100_001): Person[] {
  return Array.from({ length: count }, (_, i) => {
    const [first, firstLatin, gender] = FIRST[i % FIRST.length] ?? ['سلمى', 'Salma', 2 as const];
    const [father, fatherLatin] = FATHER[Math.floor(i / FIRST.length) % FATHER.length] ?? ['مرسي', 'Morsi'];
    const householdSize = 2 + ((i * 5) % 6);
    return {
      handle: `${firstLatin.toLowerCase()}-${i + 1}`,
      serial: firstSerial + i,
      arabic: `${first} ${father}`,
      latin: `${firstLatin} ${fatherLatin}`,
      gender,
      householdSize,
      draws: householdSize > 4 ? householdSize - 2 : householdSize,
    };
  });
}

/** What a card is made with. */
export interface CardOrder {
  readonly person: Person;
  readonly issuer: Signer;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The site's calendar day, in days since 1970-01-01. */
  readonly day: number;
  /** Absent: the card is of no insurer or plan. */
  readonly coverage?: CoverageClaim;
  /** Scheme that the card is enrolled in; absent: 1. */
  readonly scheme?: number;
  /** Absent: a household of their own. */
  readonly household?: number;
  /** Number of the home site; absent: 17. */
  readonly homeSite?: number;
  /** Serials of the cards of those who may collect for the holder; absent: nobody is named. */
  readonly representatives?: readonly number[];
  /** What its ledgers begin with; absent: nothing used yet. */
  readonly openings?: Openings;
}

/** UID of a person's card: NXP's manufacturer byte, then the serial. */
export function uidOf(serial: number): Uint8Array {
  return Uint8Array.from([
    0x04,
    0x5a,
    0x17,
    (serial >>> 24) & 0xff,
    (serial >>> 16) & 0xff,
    (serial >>> 8) & 0xff,
    serial & 0xff,
  ]);
}

/** The claims of a person's card; `uid` null makes those of a printed QR code. */
export function claimsOf(order: Omit<CardOrder, 'issuer' | 'day'>, uid: Uint8Array | null): CredentialClaims {
  const { person, issuedAt, expiresAt } = order;
  return {
    issuedAt,
    notBefore: null,
    expiresAt,
    identity: {
      id: `9${String(person.serial).padStart(13, '0')}`,
      language: 'ara',
      fullName: person.arabic,
      dateOfBirth: `19${60 + (person.serial % 40)}0${1 + (person.serial % 9)}15`,
      gender: person.gender,
      secondName: { text: person.latin, language: 'eng' },
    },
    entitlements: {
      version: 1,
      card: person.serial,
      household: order.household ?? 50_000 + person.serial,
      householdSize: person.householdSize,
      draws: person.draws,
      homeSite: order.homeSite ?? 17,
      coverage: order.coverage ?? null,
      rationScheme: order.scheme ?? 1,
      layout: uid === null ? 0 : ntagLayout('ntag216').layout,
      uid,
      ...(order.representatives === undefined ? {} : { representatives: order.representatives }),
    },
  };
}

/** Makes an NTAG216 for a person, written page by page as a personalisation desk would. */
export async function makeCard(order: CardOrder): Promise<SimulatedNtag21x> {
  const layout = ntagLayout('ntag216');
  const uid = uidOf(order.person.serial);
  const card = SimulatedNtag21x.blank('ntag216', uid);
  const { day, openings = NO_OPENINGS } = order;
  const content = cardContent(claimsOf(order, uid), order.issuer, { day, slotBytes: layout.slotPages * 4, openings });
  card.powerCycle();
  await personaliseNtag21x(new SimulatedPageCard(card, { canWrite: true, delay: null }), layout, content);
  card.powerOff();
  return card;
}
