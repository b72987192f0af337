/** What `wasl card replace` is put together from: the desk's journal, what the centre knows of a lost card, and the two cards. */
import { join } from 'node:path';
import { openMedium } from '../../../drivers/media/open.js';
import { openAuthority } from '../../../sync/authority/authority.js';
import { issuedCards, openingsIssued } from '../../../sync/authority/issued-cards.js';
import { cardAtCentre } from '../../../sync/settlement/card-ledger.js';
import { checkEnd, endOldCard, readOldCard } from '../../cards/old-card.js';
import type { CardOrder } from '../../cards/order.js';
import type { CardInHandToEnd, LostCard } from '../../cards/replace.js';
import { readTerminalConfig } from '../../config.js';
import { verifierFromKey } from '../../credential/signature.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import type { Signer } from '../../domain/keys.js';
import { type OpenJournal, openJournal } from '../../journal/open-journal.js';
import { systemClock, systemRandom } from '../../system.js';
import { readTrust } from '../../trust/open-trust.js';
import { storeOf } from '../centre/cases.js';
import { openListHistory } from '../centre/list-history.js';
import { readSettlementFile } from '../centre/settlement-file.js';
import { journalSource, usageOf } from '../journal/source.js';
import type { Output } from '../shared/output.js';
import { simulatorModule } from '../shared/plugin.js';
import { dayOf, nowSeconds } from './issuer.js';
import { type CardInHand, openPlace } from './place.js';

/** The desk's own terminal: its journal, and whom it believes. */
export interface DeskTerminal {
  readonly journal: OpenJournal;
  readonly trust: Awaited<ReturnType<typeof readTrust>>;
  /** Seconds since 1970, never before what the journal has. */
  now(): number;
}

/**
 * Opens the journal of the terminal that a configuration is for. Rejects with `ERR_JOURNAL_LOCKED` while the terminal runs, `ERR_DATA_FOLDER` where it never
 * ran, and what configuration and lists reject with.
 */
export async function openDeskTerminal(configFile: string): Promise<DeskTerminal> {
  const config = await readTerminalConfig(configFile);
  const source = await journalSource(configFile);
  await usageOf(source);
  const { disk, folder, key, terminal } = source;
  const authority = verifierFromKey(Uint8Array.from(Buffer.from(config.trust.authorityKey, 'hex')));
  const trust = await readTrust(disk, config.trust.folder, authority);
  const opening = openJournal({ disk, folder, key, terminal, clock: systemClock, random: systemRandom });
  const journal = await opening.catch((error: unknown) => {
    if (!isWaslError(error, 'ERR_JOURNAL_LOCKED')) throw error;
    throw new WaslError(
      'ERR_JOURNAL_LOCKED',
      `stop the terminal ${terminal} first: the replacement is recorded in its journal`,
    );
  });
  return { journal, trust, now: () => Math.max(nowSeconds(), Math.ceil(journal.state().timeFloorMs / 1000)) };
}

/** Where the two cards are. */
export interface TwoPlaces {
  /** The old card; absent where it was lost. */
  old(): Promise<CardInHand>;
  /** The new card, which is not the old one. */
  fresh(): Promise<CardInHand>;
  /** Lets go of the reader, or writes the files: whatever a cut left on them stays. */
  close(): Promise<void>;
}

/** What `simulators/card-file.ts` offers. */
interface CardFileModule {
  openCardFile(path: string): Promise<{ readonly card: CardInHand['card']; save(): Promise<void> }>;
}

/** Options that say where the cards are. */
export interface TwoPlacesOptions {
  readonly reader?: string;
  readonly card?: string;
  readonly newCard?: string;
  readonly lost?: number;
  readonly wait: number;
}

/** One reader for both, one after the other; or the files of simulated cards. Rejects with `ERR_USAGE` where a place is missing. */
export async function openTwoPlaces(options: TwoPlacesOptions, output: Output): Promise<TwoPlaces> {
  const { reader, card, newCard, lost, wait } = options;
  const isFiles = newCard !== undefined && (card !== undefined) === (lost === undefined);
  if ((reader === undefined) !== isFiles || (reader !== undefined && (card ?? newCard) !== undefined))
    throw new WaslError(
      'ERR_USAGE',
      'say where the cards are: --reader NAME for both, or --card OLD and --new-card NEW for simulated ones (a lost card has no --card)',
    );
  if (reader === undefined) return await filesOf(card, newCard ?? '');
  const place = await openPlace(reader, wait * 1000);
  let before: CardInHand['card'] | null = null;
  const next = async (words: string): Promise<CardInHand> => {
    output.note(words);
    const inHand = await place.next(before);
    before = inHand.card;
    return inHand;
  };
  return {
    old: () => next('Lay the old card on the reader.'),
    fresh: () => next('Take it away, and lay the new card on the reader.'),
    close: () => place.close(),
  };
}

async function filesOf(old: string | undefined, fresh: string): Promise<TwoPlaces> {
  const { openCardFile } = await simulatorModule<CardFileModule>('card-file');
  const opened: Awaited<ReturnType<CardFileModule['openCardFile']>>[] = [];
  const open = async (path: string): Promise<CardInHand> => {
    const file = await openCardFile(path);
    opened.push(file);
    return { card: file.card, where: path, canWrite: true };
  };
  return {
    old: () => open(old ?? ''),
    fresh: () => open(fresh),
    close: async () => {
      for (const file of opened) await file.save();
    },
  };
}

/** The old card in hand, read by the desk's lists and ended with the issuer's key. */
export function cardToEnd(
  places: TwoPlaces,
  by: { readonly desk: DeskTerminal; readonly issuer: Signer },
): CardInHandToEnd {
  const { desk, issuer } = by;
  let inHand: CardInHand | null = null;
  return {
    read: async (planned) => {
      inHand ??= await places.old();
      if (!inHand.canWrite) throw new WaslError('ERR_READER_UNSUPPORTED', `${inHand.where} cannot write to cards`);
      const { trust } = desk;
      const believed = {
        issuerKeys: (id: Uint8Array) => trust.issuerKeys(id),
        terminalKeys: (id: Uint8Array) => trust.terminalKeys(id),
      };
      return await readOldCard(
        await openMedium(inHand.card, { canWrite: true }),
        { ...believed, now: desk.now() },
        planned,
      );
    },
    check: (card, at) => checkEnd(card, { issuer, at }),
    end: (card, at) => endOldCard(card, { issuer, at }),
  };
}

/** What the centre knows of a lost card, and since when the authority's books have it. Rejects with `ERR_DATABASE`, `ERR_ORDER` for a card of no book. */
export async function lostCard(
  serial: number,
  of: { readonly folder: string; readonly settlement: string; readonly order: CardOrder },
): Promise<LostCard> {
  const issued = (await issuedCards(of.folder, new Set([serial]))).get(serial);
  if (issued === undefined) throw new WaslError('ERR_ORDER', `card ${serial} was not issued by this authority`);
  const { config } = await readSettlementFile(of.settlement);
  const { folder, historyFolder, authorityKey } = config.lists;
  const { householdMembersMax } = config;
  const { rules } = await openListHistory({
    ...{ folder, historyFolder: historyFolder ?? null, authorityKey, householdMembersMax },
  });
  const { household, householdSize, draws, homeSite, coverage, rationScheme } = of.order;
  const ledgers = await cardAtCentre(await storeOf({ config: of.settlement }), rules, {
    ...{ card: serial, household, householdSize, draws, homeSite, coverage, rationScheme },
    ...{ issuedDay: dayOf(issued.issuedAt), expiresDay: dayOf(issued.expiresAt), openings: openingsIssued(issued) },
  });
  return { card: serial, heldSince: issued.issuedAt, ledgers: carriedLedgers(ledgers) };
}

/** Ledgers as the book of replacements has them. */
function carriedLedgers(ledgers: Awaited<ReturnType<typeof cardAtCentre>>): LostCard['ledgers'] {
  return [...ledgers].map(([family, { closing, day, usage, more }]) => ({
    ...{ family, closing, day, usage: [...usage] },
    more: { tallies: [...more.tallies], balances: [...more.balances], papers: [...more.papers] },
  }));
}

/** Where an authority keeps its book of replacements. */
export function bookPath(folder: string): string {
  return join(folder, 'replacements.jsonl');
}

/** Blocks a serial in the register of an authority. Rejects as opening it does. */
export async function blockAt(folder: string, serial: number): Promise<void> {
  await (await openAuthority(folder, { clock: systemClock, random: systemRandom })).block(serial);
}
