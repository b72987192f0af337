import type { JSX } from 'preact';
import { LANGUAGES, type Language } from '../../domain/texts.js';
import { useKeys, usePage } from './context.js';
import { Icon } from './icons.js';
import { Key } from './key.js';
import { LANGUAGE_NAMES } from './texts.js';

/** Lies over everything while the terminal's program does not answer. */
export function LostOverlay(): JSX.Element {
  const { speech } = usePage();
  return (
    <div class="overlay" role="alertdialog" aria-labelledby="lost-title" data-overlay="lost">
      <div class="spinner" aria-hidden="true" />
      <h1 id="lost-title">{speech.say('lostTitle')}</h1>
      <p class="overlay-strong">
        <Icon name="warning" />
        {speech.say('lostNothing')}
      </p>
      <p>{speech.say('lostHint')}</p>
    </div>
  );
}

/** What a {@link LanguageSheet} is given. */
export interface LanguageSheetProps {
  readonly onChoose: (language: Language) => void;
  readonly onClose: () => void;
}

/** The three languages as three large keys, each in its own words. */
export function LanguageSheet({ onChoose, onClose }: LanguageSheetProps): JSX.Element {
  const { speech } = usePage();
  useKeys({ Escape: onClose });
  return (
    <div class="overlay" role="dialog" aria-modal="true" aria-label={speech.say('language')} data-overlay="language">
      <div class="overlay-keys">
        {LANGUAGES.map((language) => (
          <Key
            key={language}
            kind="choice"
            id={`language-${language}`}
            pressed={language === speech.language}
            onPress={() => onChoose(language)}
          >
            <span lang={language}>{LANGUAGE_NAMES[language]}</span>
          </Key>
        ))}
      </div>
      <Key kind="plain" id="language-close" onPress={onClose}>
        <Icon name="cross" />
        {speech.say('cancel')}
      </Key>
    </div>
  );
}

/** A message that something asked for was not done; goes away by itself. */
export function Toast({ text, code }: { readonly text: string; readonly code: string | null }): JSX.Element {
  return (
    <p class="toast" role="alert">
      <Icon name="warning" />
      <span>{text}</span>
      {code !== null && <bdi class="id">{code}</bdi>}
    </p>
  );
}
