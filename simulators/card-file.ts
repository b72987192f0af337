/** A simulated card in a file of readable JSON: what `wasl sim card` makes, and the card commands take with `--card`. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { WaslError } from '../agent/domain/errors.js';
import { fileError, readJsonFile } from '../agent/files.js';
import type { PresentedCard } from '../drivers/reader.js';
import { SimulatedNtag21x } from './cards/ntag21x.js';
import { SimulatedType4 } from './cards/type4.js';
import { SimulatedApduCard } from './readers/apdu-chip.js';
import { SimulatedPageCard } from './readers/simulated-card.js';

/** The kinds of card that a file can hold. */
export const CARD_KINDS = ['ntag213', 'ntag215', 'ntag216', 'type4', 'qr'] as const;

/** One of {@link CARD_KINDS}. */
export type CardKind = (typeof CARD_KINDS)[number];

/** A simulated card that lies in a field, or a code on paper. */
export type SimulatedCard = SimulatedNtag21x | SimulatedType4 | { readonly kind: 'qr'; readonly text: string };

/** A card file, opened. */
export interface OpenCardFile {
  readonly card: PresentedCard;
  /** What is behind it, for tests and faults. */
  readonly simulated: SimulatedCard;
  /** Writes the card as it is now, whole or not at all. */
  save(): Promise<void>;
}

/** Opens a card file and lays the card down. Rejects with `ERR_CONFIG` that names every mistake in it. */
export async function openCardFile(path: string): Promise<OpenCardFile> {
  const simulated = cardFromJson(await readJsonFile(path));
  return { card: presented(simulated), simulated, save: () => saveCard(path, simulated) };
}

/** A card from the JSON that {@link cardToJson} gives. Throws `ERR_CONFIG`. */
export function cardFromJson(value: unknown): SimulatedCard {
  const kind: unknown = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (kind === 'type4') return SimulatedType4.fromJSON(value);
  if (kind !== 'qr') return SimulatedNtag21x.fromJSON(value);
  const text: unknown = typeof value === 'object' && value !== null && 'text' in value ? value.text : undefined;
  if (typeof text !== 'string') throw new WaslError('ERR_CONFIG', 'this is not a simulated code: "text" is missing');
  return { kind: 'qr', text };
}

/** The JSON of a card, one member a line. */
export function cardToJson(card: SimulatedCard): string {
  return `${JSON.stringify('toJSON' in card ? card.toJSON() : card, null, 2)}\n`;
}

/** A blank card of a kind; `uid` is 7 bytes, random unless given. A smart card gets a key of its own. */
export function blankCard(kind: CardKind, uid: Uint8Array = randomUid()): SimulatedCard {
  if (kind === 'qr') return { kind: 'qr', text: '' };
  if (kind === 'type4')
    return SimulatedType4.blank({ uid, algorithm: 'EdDSA', secret: Uint8Array.from(randomBytes(32)), pin: null });
  return SimulatedNtag21x.blank(kind, uid);
}

/** Presents a simulated card as a reader inside the process would: power on, selected. */
export function presented(card: SimulatedCard): PresentedCard {
  if (card instanceof SimulatedNtag21x) {
    card.powerCycle();
    return new SimulatedPageCard(card, { canWrite: true, delay: null });
  }
  if (card instanceof SimulatedType4) {
    card.powerCycle();
    return new SimulatedApduCard(card, null);
  }
  return { kind: 'text', text: card.text };
}

/** Writes a card into its file. Rejects with `ERR_DATA_FILE`. */
export async function saveCard(path: string, card: SimulatedCard): Promise<void> {
  const next = cardToJson(card);
  if ((await readFile(path, 'utf8').catch(() => null)) === next) return;
  try {
    await writeFile(`${path}.new`, next, { flush: true });
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw fileError('ERR_DATA_FILE', path, cause);
  }
}

/** NXP's manufacturer byte, then six others. */
function randomUid(): Uint8Array {
  return Uint8Array.of(0x04, ...randomBytes(6));
}
