/** Health records, judged: the dumps of the cards opened with the key of the health authority, against what the centre was told. */
import type { HealthAddedEvent, HealthOpenedEvent } from '../../../agent/domain/event.js';
import type { HealthContent } from '../../../agent/domain/health-record.js';
import { openBox, readWrappedKey } from '../../../agent/health/card-key.js';
import { openCopy } from '../../../agent/health/copy.js';
import { unsealRecord } from '../../../agent/health/record.js';
import { atLeast, type Clause, none } from './checks.js';
import type { Evidence, JudgedEvent, SealedHealth } from './evidence.js';

/** A record by its id, 16 hex digits, with `answers` in the same form. */
export interface OpenedRecord {
  readonly id: string;
  readonly content: Omit<HealthContent, 'answers'> & { readonly answers: string | null };
}

/** A card that carries records. */
export interface HealthCase {
  readonly serial: number;
  readonly sealed: SealedHealth;
  readonly records: readonly OpenedRecord[];
}

interface Opening extends JudgedEvent {
  readonly event: HealthOpenedEvent;
}

interface Addition extends JudgedEvent {
  readonly event: HealthAddedEvent;
}

/** All of health records that is to be judged. */
export interface HealthEvidence {
  /** Cards that carry any. */
  readonly cards: readonly HealthCase[];
  readonly openings: readonly Opening[];
  /** Records that a card took. */
  readonly additions: readonly Addition[];
}

/** Opens everything that the health authority's key opens. */
export function healthOf(evidence: Evidence): HealthEvidence {
  const cards = evidence.cards.flatMap(({ serial, health }): HealthCase[] => {
    if (health === null || health.images.length === 0) return [];
    return [{ serial, sealed: health, records: recordsOf(health, evidence) }];
  });
  return {
    cards,
    openings: evidence.events.filter((one): one is Opening => one.event.type === 'health-opened'),
    additions: evidence.events.filter(
      (one): one is Addition => one.event.type === 'health-added' && one.event.isOnCard,
    ),
  };
}

/** What holds of health records wherever they are kept. `roles`: those that may open any. */
export function healthClauses(
  evidence: Evidence,
  { cards, openings, additions }: HealthEvidence,
  { roles }: { readonly roles: readonly string[] },
): Readonly<Record<string, Clause>> {
  const onCards = cards.flatMap(({ serial, records }) => records.map(({ id, content }) => ({ serial, id, content })));
  const copies = additions.map(({ event, id }) => ({ at: id, copy: openCopy(event.body, [evidence.healthAuthority]) }));
  const told = new Map(
    copies.flatMap(({ copy }) => (copy === null ? [] : [[hex(copy.id), plain(copy.content, copy.card)] as const])),
  );
  const unopened = cards.filter(({ sealed, records }) => records.length < sealed.images.length);
  const texts = onCards.map(({ content }) => Buffer.from(content.text));
  const shown = cards.filter(({ sealed }) =>
    [sealed.wrapped, ...sealed.images].some((bytes) => texts.some((text) => Buffer.from(bytes).includes(text))),
  );
  return {
    'every record on a card opens with the key of the health authority': {
      holds: unopened.length === 0 && onCards.length > 0,
      found: { records: onCards.length, unopened: unopened.map(({ serial }) => serial) },
    },
    'the bytes of the cards show none of their texts': none(shown.map(({ serial }) => serial)),
    'every record on a card stands at the centre, word for word': none(
      onCards.filter(({ serial, id, content }) => told.get(id) !== JSON.stringify([serial, content])),
    ),
    'and every one that the centre was told of on its card': none(
      additions.filter(({ event }) => !onCards.some(({ id }) => id === hex(event.id))).map(({ id }) => id),
    ),
    'the centre’s copies open for the health authority': none(copies.filter(({ copy }) => copy === null)),
    'nothing was written before an opening of that card at that terminal': none(
      additions
        .filter(
          ({ event, terminal }) =>
            !openings.some(
              (one) => one.terminal === terminal && one.event.card === event.card && one.event.time <= event.time,
            ),
        )
        .map(({ id }) => id),
    ),
    'each opening says who, how many and why': atLeast(1, openings),
    'nobody but health roles opened any': none(openings.filter(({ event }) => !roles.includes(event.role))),
    'another role at a health site was refused': atLeast(1, refusedAt(evidence, null, 'ERR_HEALTH_ROLE')),
  };
}

/** Refusals with this reason, at these sites (null: anywhere). */
export function refusedAt(evidence: Evidence, sites: readonly string[] | null, reason: string): JudgedEvent[] {
  return evidence.events.filter(
    ({ event, site }) =>
      event.type === 'refusal' && event.reason === reason && (sites === null || sites.includes(site)),
  );
}

function recordsOf({ owner, wrapped, images }: SealedHealth, { healthAuthority }: Evidence): OpenedRecord[] {
  const read = readWrappedKey(wrapped, owner);
  const cardKey = read === null ? null : openBox(read.authorityBox, [healthAuthority]);
  if (cardKey === null) return [];
  return images.flatMap((image) => {
    const record = unsealRecord(image, { cardKey, owner });
    return record === null ? [] : [{ id: hex(record.id), content: withHex(record.content) }];
  });
}

function plain(content: HealthContent, card: number): string {
  return JSON.stringify([card, withHex(content)]);
}

function withHex({ answers, ...content }: HealthContent): OpenedRecord['content'] {
  return { ...content, answers: answers === null ? null : hex(answers) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
