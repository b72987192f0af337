/** Health records of the card that is there: what it carries, and adding one. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { HEALTH_TEXT_BYTES_MAX, type HealthKind, type HealthReason } from '../../../domain/health-record.js';
import type { HealthRecordView, Screen } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import type { TextKey } from '../texts.js';
import { HolderName } from './parts.js';
import { Hint } from './pin.js';
import { Sheet } from './sheet.js';

type Health = Extract<Screen, { readonly name: 'health' }>;

const KIND_WORDS: Readonly<Record<HealthKind, TextKey>> = {
  history: 'kindHistory',
  prescription: 'kindPrescription',
  imaging: 'kindImaging',
  'laboratory-request': 'kindRequest',
  'laboratory-result': 'kindResult',
  allergy: 'kindAllergy',
};

const REASONS: readonly (readonly [HealthReason, TextKey])[] = [
  ['treatment', 'whyTreatment'],
  ['emergency', 'whyEmergency'],
  ['holder-asked', 'whyHolder'],
];

/** What lies over the list: which kind is added, or the one that is being typed. */
type Over =
  | { readonly name: 'kinds' }
  | { readonly name: 'typing'; readonly kind: HealthKind; readonly answers: HealthRecordView | null };

/** The records, newest first, with keys to add what may be added here. */
export function HealthRecordsScreen({ health }: { readonly health: Health }): JSX.Element {
  const { speech, act, busy } = usePage();
  const { tapId, records, writes, hint, added, unreadable } = health;
  const [over, setOver] = useState<Over | null>(null);
  const close = (): void => act({ type: 'cancel', tapId });
  const back = (): void => setOver(null);
  useKeys({ Escape: over === null ? close : back });
  // A result is written from its request.
  const kinds = writes.filter((kind) => kind !== 'laboratory-result');
  if (over?.name === 'typing') return <Typing tapId={tapId} kind={over.kind} answers={over.answers} onBack={back} />;
  return (
    <section class="screen health">
      <header class="health-head">
        <HolderName holder={health.holder} />
        {added !== null && hint === null && (
          <p class="health-added">
            <Icon name="check" />
            {speech.say('recordAdded', { what: speech.say(KIND_WORDS[added]) })}
          </p>
        )}
        {unreadable > 0 && <p class="health-unreadable">{speech.say('recordsUnreadable', { n: unreadable })}</p>}
      </header>
      {hint !== null && <Hint hint={hint} />}
      {over?.name === 'kinds' ? (
        <Sheet title={speech.say('recordAddWhat')} onBack={back}>
          {kinds.map((kind) => (
            <Key
              key={kind}
              kind="choice"
              id={`kind-${kind}`}
              onPress={() => setOver({ name: 'typing', kind, answers: null })}
            >
              {speech.say(KIND_WORDS[kind])}
            </Key>
          ))}
        </Sheet>
      ) : (
        <Records
          records={records}
          onAnswer={
            writes.includes('laboratory-result')
              ? (answers) => setOver({ name: 'typing', kind: 'laboratory-result', answers })
              : null
          }
        />
      )}
      <footer class="keys">
        <Key kind="plain" id="cancel" disabled={busy} onPress={close}>
          <Icon name="cross" />
          {speech.say('recordsClose')}
        </Key>
        {kinds.length > 0 && (
          <Key
            kind="primary"
            id="add-record"
            disabled={busy || over !== null}
            onPress={() => setOver({ name: 'kinds' })}
          >
            <Icon name="plus" />
            {speech.say('recordAdd')}
          </Key>
        )}
      </footer>
    </section>
  );
}

interface RecordsProps {
  readonly records: readonly HealthRecordView[];
  /** A laboratory answers a request; null where none is answered here. */
  readonly onAnswer: ((request: HealthRecordView) => void) | null;
}

function Records({ records, onAnswer }: RecordsProps): JSX.Element {
  const { speech, busy } = usePage();
  if (records.length === 0) return <p class="health-none">{speech.say('recordsNone')}</p>;
  const isOpen = ({ kind, id }: HealthRecordView): boolean =>
    kind === 'laboratory-request' && records.every(({ answers }) => answers !== id);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    <ul class="records" tabIndex={0} aria-label={speech.say('records')}>
      {records.map((record) => (
        <li key={record.id} class="record" data-kind={record.kind}>
          <div class="record-words">
            <p class="record-facts">
              <strong class="record-kind">{speech.say(KIND_WORDS[record.kind])}</strong>{' '}
              <bdi>{speech.day(record.day)}</bdi> · <bdi>{record.role}</bdi> ·{' '}
              {speech.say('recordSite', { n: record.site })}
              {record.area !== null && (
                <>
                  {' '}
                  <bdi>{record.area}</bdi>
                </>
              )}
              {!record.isConfirmed && <em class="record-doubt">{speech.say('recordUnconfirmed')}</em>}
            </p>
            <p class="record-text" dir="auto">
              {record.text}
            </p>
            <Answered record={record} records={records} />
          </div>
          {onAnswer !== null && isOpen(record) && (
            <Key kind="choice" id={`answer-${record.id}`} disabled={busy} onPress={() => onAnswer(record)}>
              {speech.say('recordAnswer')}
            </Key>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What a result is the result of, where the card still has it. */
function Answered({
  record,
  records,
}: {
  readonly record: HealthRecordView;
  readonly records: readonly HealthRecordView[];
}): JSX.Element | null {
  const { speech } = usePage();
  const request = records.find(({ id }) => id === record.answers);
  return request === undefined ? null : (
    <p class="record-answers">{speech.say('recordAnswers', { what: request.text })}</p>
  );
}

interface TypingProps {
  readonly tapId: string;
  readonly kind: HealthKind;
  readonly answers: HealthRecordView | null;
  readonly onBack: () => void;
}

/** One line of text: as much as the card has room for. */
function Typing({ tapId, kind, answers, onBack }: TypingProps): JSX.Element {
  const { speech, act, busy } = usePage();
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  // Before it is painted: whoever sees the field types into it.
  useLayoutEffect(() => field.current?.focus(), []);
  const left = HEALTH_TEXT_BYTES_MAX - new TextEncoder().encode(text.trim()).length;
  const isReady = text.trim() !== '' && left >= 0 && !busy;
  const save = (): void => {
    if (isReady)
      act({ type: 'add-record', tapId, kind, text: text.trim(), ...(answers === null ? {} : { answers: answers.id }) });
  };
  useKeys({ Enter: save });
  return (
    <section class="screen health">
      <header class="health-head">
        <h1 class="health-title">{speech.say(KIND_WORDS[kind])}</h1>
      </header>
      {answers !== null && <p class="record-answers">{speech.say('recordAnswers', { what: answers.text })}</p>}
      <input
        ref={field}
        class="search-field record-field"
        data-field="record"
        type="text"
        dir="auto"
        value={text}
        maxLength={HEALTH_TEXT_BYTES_MAX}
        autocomplete="off"
        spellcheck={false}
        aria-label={speech.say(KIND_WORDS[kind])}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <p class="record-left" data-over={left < 0}>
        {/* Most letters that are typed here take two bytes. */}
        {speech.say('recordLeft', { n: Math.floor(left / 2) })}
      </p>
      <footer class="keys">
        <Key kind="plain" id="back" disabled={busy} onPress={onBack}>
          {speech.say('goBack')}
        </Key>
        <Key kind="primary" id="save-record" disabled={!isReady} onPress={save}>
          <Icon name="check" />
          {speech.say('recordSave')}
        </Key>
      </footer>
    </section>
  );
}

/** Asks for the records of the card on this screen. */
export function RecordsKey({ onPress }: { readonly onPress: () => void }): JSX.Element {
  const { speech, busy } = usePage();
  return (
    <Key kind="choice" id="records" disabled={busy} onPress={onPress}>
      <span class="claim-name">{speech.say('records')}</span>
    </Key>
  );
}

/** Why they are opened, before they are: it is recorded. */
export function RecordsWhy({ tapId, onBack }: { readonly tapId: string; readonly onBack: () => void }): JSX.Element {
  const { speech, act, busy } = usePage();
  useKeys({ Escape: onBack });
  return (
    <section class="screen health">
      <Sheet title={speech.say('recordsWhy')} onBack={onBack}>
        {REASONS.map(([reason, words]) => (
          <Key
            key={reason}
            kind="choice"
            id={`why-${reason}`}
            disabled={busy}
            onPress={() => act({ type: 'open-records', tapId, reason })}
          >
            {speech.say(words)}
          </Key>
        ))}
      </Sheet>
    </section>
  );
}
