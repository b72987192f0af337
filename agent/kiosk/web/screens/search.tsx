import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PersonView, Screen } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { languageTag } from '../speech.js';

type Search = Extract<Screen, { readonly name: 'search' }>;

/** How long after the last letter the terminal is asked, ms; longer than touches are held off on a new screen. */
const PAUSE_MS = 400;

/** As many characters as the terminal looks up. */
const TYPED_CHARS_MAX = 200;

/** Somebody without a card: a name or an id is typed, and one of those who are found is chosen. */
export function SearchScreen({ search }: { readonly search: Search }): JSX.Element {
  const { speech, act, busy } = usePage();
  const { tapId, found, total, typed } = search;
  const [text, setText] = useState(typed);
  const asked = useRef(typed);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const find = (): void => {
    if (busy) return;
    asked.current = text;
    act({ type: 'find', tapId, text });
  };
  // Each text is asked for once by itself: an answer that does not come is not asked for again without the clerk.
  useEffect(() => {
    if (busy || text === asked.current) return;
    const timer = setTimeout(find, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, busy]);
  const cancel = (): void => act({ type: 'cancel', tapId });
  useKeys({ Escape: cancel, Enter: find });
  return (
    <section class="screen search">
      <header class="search-head">
        <input
          ref={field}
          class="search-field"
          data-field="search"
          type="text"
          dir="auto"
          value={text}
          maxLength={TYPED_CHARS_MAX}
          autocomplete="off"
          spellcheck={false}
          aria-label={speech.say('searchTitle')}
          placeholder={speech.say('searchTitle')}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <Key kind="plain" id="cancel" disabled={busy} onPress={cancel}>
          <Icon name="cross" />
          {speech.say('cancel')}
        </Key>
      </header>
      {found.length === 0 ? (
        <p class="search-none">{speech.say(typed.trim() === '' ? 'searchHint' : 'searchNobody')}</p>
      ) : (
        <ul class="people">
          {found.map((person) => (
            <li key={person.number}>
              <PersonKey
                person={person}
                disabled={busy}
                onPress={() => act({ type: 'choose', tapId, person: person.number })}
              />
            </li>
          ))}
        </ul>
      )}
      {total > found.length && <p class="search-more">{speech.count('foundMore', total - found.length)}</p>}
    </section>
  );
}

interface PersonKeyProps {
  readonly person: PersonView;
  readonly disabled: boolean;
  readonly onPress: () => void;
}

/** One of those found, with what tells persons of one name apart. */
function PersonKey({ person, disabled, onPress }: PersonKeyProps): JSX.Element {
  const { speech } = usePage();
  const { number, names, mother, birthYear, area, idEnding } = person;
  const [own] = names;
  return (
    <Key kind="choice" id={`person-${number}`} disabled={disabled} onPress={onPress}>
      <span class="person-name" dir="auto" lang={languageTag(own?.language ?? 'ara')}>
        {own?.text}
      </span>
      <span class="person-facts">
        {birthYear !== null && `${speech.say('bornIn', { year: plainYear(birthYear, speech.number) })} · `}
        {area !== null && (
          <>
            <bdi>{area}</bdi>
            {' · '}
          </>
        )}
        {speech.say('identityId')} <bdi class="id">…{idEnding}</bdi>
        {mother !== null && ` · ${speech.say('motherOf', { name: mother })}`}
      </span>
    </Key>
  );
}

/** A year in the digits of the language, without a sign between its thousands. */
function plainYear(year: number, digitsOf: (value: number) => string): string {
  return [...String(year)].map((digit) => digitsOf(Number(digit))).join('');
}
