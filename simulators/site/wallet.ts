/** The simulated cards of a site: one readable JSON file each, so that what a tap wrote is still there tomorrow and can be looked at. */
import { renameSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WaslError } from '../../agent/domain/errors.js';
import type { Signer } from '../../agent/domain/keys.js';
import { makeFolder } from '../../agent/files.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';
import { makeCard, type Person, people } from './population.js';

/** What is expected of a card: `good` is served, every other one shows a kind of refusal. */
export type CardStory = 'good' | 'blocked' | 'expired' | 'forged';

/** A card in the wallet. */
export interface WalletCard {
  readonly handle: string;
  readonly person: Person;
  readonly story: CardStory;
  readonly card: SimulatedNtag21x;
}

/** The cards of a site. */
export interface Wallet {
  readonly cards: readonly WalletCard[];
  /** The card with this handle, or whose handle begins so. Throws `ERR_USAGE` when there is none, or more than one. */
  find(handle: string): WalletCard;
  /** Writes a card's memory to its file, at once: a card that was written to stays so, whatever becomes of this process the moment after. */
  save(card: WalletCard): void;
}

/** What new cards are made with. */
export interface WalletMakers {
  readonly issuer: Signer;
  /** An issuer that nobody trusts, for the forged card. */
  readonly stranger: Signer;
  readonly nowSec: number;
  /** The site's calendar day, in days since 1970-01-01. */
  readonly day: number;
}

const YEAR_SEC = 366 * 86_400;
const GOOD_CARDS = 8;
const STORIES: readonly CardStory[] = [
  ...new Array<CardStory>(GOOD_CARDS).fill('good'),
  'blocked',
  'expired',
  'forged',
];

/** The people whose cards a wallet holds, with their stories. The blocked one has to be put on the hotlist by whoever runs the authority. */
export function walletPeople(): { person: Person; story: CardStory }[] {
  return people(STORIES.length).map((person, i) => ({ person, story: STORIES[i] ?? 'good' }));
}

/** Opens the wallet in `folder`, making the cards that are not there yet. Rejects with `ERR_CONFIG` that names a card file that was edited into nonsense. */
export async function openWallet(folder: string, makers: WalletMakers): Promise<Wallet> {
  await makeFolder(folder);
  const files = new Set(await readdir(folder));
  const fileOf = (handle: string): string => join(folder, `${handle}.json`);
  const cards: WalletCard[] = [];
  for (const { person, story } of walletPeople()) {
    const { handle } = person;
    const known = files.has(`${handle}.json`);
    const card = known ? await readCard(fileOf(handle)) : await issue(person, story, makers);
    cards.push({ handle, person, story, card });
  }
  const save = ({ handle, card }: WalletCard): void => {
    writeFileSync(`${fileOf(handle)}.new`, `${JSON.stringify(card.toJSON(), null, 2)}\n`);
    renameSync(`${fileOf(handle)}.new`, fileOf(handle));
  };
  for (const card of cards) if (!files.has(`${card.handle}.json`)) save(card);
  return {
    cards,
    save,
    find: (handle) => {
      const matches = cards.filter((card) => card.handle === handle);
      const found = matches.length > 0 ? matches : cards.filter((card) => card.handle.startsWith(handle.toLowerCase()));
      const [only] = found;
      if (only !== undefined && found.length === 1) return only;
      const names = (found.length === 0 ? cards : found).map((card) => card.handle).join(', ');
      const what =
        found.length === 0 ? 'no card has a name that begins with' : 'more than one card has a name that begins with';
      throw new WaslError('ERR_USAGE', `${what} "${handle.slice(0, 40)}"; there are ${names}`);
    },
  };
}

async function issue(person: Person, story: CardStory, makers: WalletMakers): Promise<SimulatedNtag21x> {
  const expired = story === 'expired';
  return makeCard({
    person,
    issuer: story === 'forged' ? makers.stranger : makers.issuer,
    issuedAt: makers.nowSec - 3600,
    expiresAt: expired ? makers.nowSec - 60 : makers.nowSec + 5 * YEAR_SEC,
    day: makers.day,
  });
}

async function readCard(file: string): Promise<SimulatedNtag21x> {
  const text = await readFile(file, 'utf8');
  try {
    return SimulatedNtag21x.fromJSON(JSON.parse(text));
  } catch (cause) {
    throw new WaslError(
      'ERR_CONFIG',
      `${file} is no simulated card: ${cause instanceof Error ? cause.message : ''}. Mend it, or delete it to have a new one made`,
      { cause },
    );
  }
}
