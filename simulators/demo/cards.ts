/** The cards of a demonstration: good ones, and one of each kind that must be refused. */
import { deflateSync, inflateSync } from 'node:zlib';
import { base45Decode, base45Encode } from '../../agent/credential/base45.js';
import { issueCredential, qrText } from '../../agent/credential/issue.js';
import type { Signer } from '../../agent/domain/keys.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';
import { claimsOf, makeCard, type Person, people, uidOf } from '../site/population.js';
import type { BadCard, PlannedTap } from './plan.js';

/** A card of the demonstration, and its memory before the day began. */
export interface DemoCard {
  readonly person: Person;
  readonly card: SimulatedNtag21x;
  readonly before: Uint8Array;
}

/** Everything that is held to a reader during the day. */
export interface DemoCards {
  readonly good: readonly DemoCard[];
  readonly bad: Readonly<Record<BadCard, DemoCard>>;
  /** Serial to put on the hotlist. */
  readonly blockedSerial: number;
  /** The text of the code for a serial tap. */
  codeFor(tap: PlannedTap): string;
}

/** Who issues the cards, and when. */
export interface DemoIssuer {
  readonly issuer: Signer;
  readonly stranger: Signer;
  readonly nowSec: number;
  readonly day: number;
}

const YEAR_SEC = 366 * 86_400;
/** A byte in the middle of the credential's signed claims: pages 4 to 91 hold the credential. */
const FORGED_PAGE = 30;

/** Makes all cards. */
export async function makeDemoCards(count: number, by: DemoIssuer): Promise<DemoCards> {
  const everyone = people(count + 7, 200_001);
  const person = (index: number): Person => everyone[index] ?? (everyone[0] as Person);
  const order = (who: Person, expired = false) => ({
    person: who,
    issuedAt: by.nowSec - 7200,
    expiresAt: expired ? by.nowSec - 3600 : by.nowSec + 5 * YEAR_SEC,
    day: by.day,
  });
  const make = async (index: number, change: { issuer?: Signer; expired?: boolean } = {}): Promise<DemoCard> => {
    const card = await makeCard({ ...order(person(index), change.expired), issuer: change.issuer ?? by.issuer });
    return { person: person(index), card, before: card.dump() };
  };
  const good: DemoCard[] = [];
  for (let i = 0; i < count; i += 1) good.push(await make(i));

  const forged = await make(count);
  forged.card.powerCycle();
  const page = forged.card.readPage(FORGED_PAGE);
  forged.card.exchange(Uint8Array.of(0xa2, FORGED_PAGE, (page[0] ?? 0) ^ 0x20, ...page.subarray(1)));
  const copied = await make(count + 1);
  const other = SimulatedNtag21x.blank('ntag216', uidOf(999_999));
  other.restoreUserPages(copied.card.dump());
  const bad: Record<BadCard, DemoCard> = {
    'forged-byte': forged,
    copied: { ...copied, card: other },
    'unknown-key': await make(count + 2, { issuer: by.stranger }),
    expired: await make(count + 3, { expired: true }),
    hotlisted: await make(count + 4),
    'used-up': await make(count + 5),
    'older-image': await make(count + 6),
  };
  return {
    good,
    bad,
    blockedSerial: bad.hotlisted.person.serial,
    codeFor: (tap) => {
      const of = (index: number, expired: boolean): string => {
        const claims = claimsOf(order(person(index), expired), null);
        return qrText(issueCredential(claims, by.issuer));
      };
      if (tap.who === 'expired') return of(0, true);
      return tap.who === 'forged-byte'
        ? forge(of(0, false))
        : of(typeof tap.who === 'number' ? tap.who % count : 0, false);
    },
  };
}

/** Changes one byte of the name inside a code, and wraps it up again as it was. */
function forge(text: string): string {
  const bytes = Uint8Array.from(inflateSync(base45Decode(text) ?? new Uint8Array(0)));
  const middle = Math.floor(bytes.length / 2) - 20;
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x01;
  return base45Encode(deflateSync(bytes, { level: 9 }));
}
