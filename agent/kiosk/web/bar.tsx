import type { JSX } from 'preact';
import type { ProgrammesView, Screen, StatusBar } from '../state.js';
import { usePage } from './context.js';
import { Icon } from './icons.js';
import { Key } from './key.js';
import { LANGUAGE_SIGNS } from './texts.js';

/** What the {@link Bar} is given. */
export interface BarProps {
  readonly bar: StatusBar | null;
  /** Shown where the desk serves more than one. */
  readonly programmes: ProgrammesView | null;
  readonly screen: Screen['name'];
  readonly onLanguage: () => void;
}

/** The bar at the top: language, where we are (or, at a desk with several, which programme is served), how the line to the centre is, and the time. */
export function Bar({ bar, programmes, screen, onLanguage }: BarProps): JSX.Element {
  const { speech } = usePage();
  const isChoice = servesSeveral(programmes);
  return (
    <header class="bar">
      <Key kind="bar" id="language" label={speech.say('language')} onPress={onLanguage}>
        <Icon name="globe" />
        <span>{LANGUAGE_SIGNS[speech.language]}</span>
      </Key>
      {bar !== null && !isChoice && <Place bar={bar} />}
      {isChoice && <Programmes programmes={programmes} screen={screen} />}
      {bar !== null && <Connection bar={bar} isSmall={isChoice} />}
      {bar !== null && <Clock />}
    </header>
  );
}

function Place({ bar }: { readonly bar: StatusBar }): JSX.Element {
  return (
    <p class="bar-place">
      <bdi class="bar-strong" dir="auto">
        {bar.site}
      </bdi>
      <bdi class="id" dir="auto">
        {bar.terminal}
      </bdi>
    </p>
  );
}

/** Whether there is a programme to choose. */
export function servesSeveral(programmes: ProgrammesView | null): programmes is ProgrammesView {
  return programmes !== null && programmes.served.length > 1;
}

/** Screens from which the terminal turns to another programme: nothing is being written, and nothing waits for anybody. */
const SELECTABLE: readonly Screen['name'][] = ['idle', 'offer', 'refused', 'voided'];

function Programmes({
  programmes,
  screen,
}: {
  readonly programmes: ProgrammesView;
  readonly screen: Screen['name'];
}): JSX.Element {
  const { speech, act, busy } = usePage();
  return (
    <nav class="programmes" data-count={programmes.served.length} aria-label={speech.say('programmes')}>
      {programmes.served.map(({ id, name }) => {
        const isSelected = id === programmes.selected;
        return (
          <Key
            key={id}
            kind="bar"
            id={`programme-${id}`}
            pressed={isSelected}
            disabled={!isSelected && (busy || !SELECTABLE.includes(screen))}
            onPress={() => {
              if (!isSelected) act({ type: 'select', programme: id });
            }}
          >
            <bdi>{speech.pick(name)}</bdi>
          </Key>
        );
      })}
    </nav>
  );
}

/** How the line to the centre is: an icon, and the words where there is room for them; where there is not, the idle screen has them. */
export function Connection({ bar, isSmall }: { readonly bar: StatusBar; readonly isSmall: boolean }): JSX.Element {
  const { speech, nowMs } = usePage();
  const contact =
    bar.lastContactMs === null
      ? speech.say('neverContact')
      : speech.say('lastContact', { when: speech.ago(bar.lastContactMs, nowMs) });
  const backlog = bar.backlog > 0 ? speech.count('waiting', bar.backlog) : speech.say('allSent');
  const details = bar.connection === 'online' ? [backlog] : [...(bar.backlog > 0 ? [backlog] : []), contact];
  return (
    <p class="bar-connection" data-connection={bar.connection} data-small={isSmall}>
      <Icon name={bar.connection} />
      <span class={isSmall ? 'unseen' : 'bar-words'}>
        <span class="bar-strong">{speech.say(bar.connection)}</span>
        <span class="bar-detail">{details.join(' · ')}</span>
      </span>
    </p>
  );
}

function Clock(): JSX.Element {
  const { speech, nowMs, timeZone } = usePage();
  return <time class="bar-clock">{speech.clock(nowMs, timeZone)}</time>;
}
