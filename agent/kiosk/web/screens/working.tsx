import type { JSX } from 'preact';
import { usePage } from '../context.js';
import { CardOnReader } from '../icons.js';

/** The terminal starts: nothing can be asked of it yet. */
export function StartingScreen(): JSX.Element {
  const { speech } = usePage();
  return (
    <section class="screen centred">
      <div class="spinner" aria-hidden="true" />
      <h1 class="title">{speech.say('startingTitle')}</h1>
      <p class="hint">{speech.say('startingHint')}</p>
    </section>
  );
}

/** A card is read or written: it must stay where it is. */
export function WorkingScreen({ writing }: { readonly writing: boolean }): JSX.Element {
  const { speech } = usePage();
  return (
    <section class="screen centred">
      <CardOnReader motion={writing ? 'write' : 'read'} />
      <h1 class="title">{speech.say('keepCard')}</h1>
      <p class="hint">{speech.say(writing ? 'writingTitle' : 'readingTitle')}</p>
      <div class="progress" aria-hidden="true">
        <div />
      </div>
    </section>
  );
}
