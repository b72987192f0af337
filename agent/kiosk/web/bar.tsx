import type { JSX } from 'preact';
import type { StatusBar } from '../state.js';
import { usePage } from './context.js';
import { Icon } from './icons.js';
import { Key } from './key.js';
import { LANGUAGE_SIGNS } from './texts.js';

/** The bar at the top: language, where we are, how the line to the centre is, and the time. */
export function Bar({
  bar,
  onLanguage,
}: {
  readonly bar: StatusBar | null;
  readonly onLanguage: () => void;
}): JSX.Element {
  const { speech } = usePage();
  return (
    <header class="bar">
      <Key kind="bar" id="language" label={speech.say('language')} onPress={onLanguage}>
        <Icon name="globe" />
        <span>{LANGUAGE_SIGNS[speech.language]}</span>
      </Key>
      {bar !== null && <Place bar={bar} />}
      {bar !== null && <Connection bar={bar} />}
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

function Connection({ bar }: { readonly bar: StatusBar }): JSX.Element {
  const { speech, nowMs } = usePage();
  const contact =
    bar.lastContactMs === null
      ? speech.say('neverContact')
      : speech.say('lastContact', { when: speech.ago(bar.lastContactMs, nowMs) });
  const backlog = bar.backlog > 0 ? speech.count('waiting', bar.backlog) : speech.say('allSent');
  const details = bar.connection === 'online' ? [backlog] : [...(bar.backlog > 0 ? [backlog] : []), contact];
  return (
    <p class="bar-connection" data-connection={bar.connection}>
      <Icon name={bar.connection} />
      <span class="bar-words">
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
