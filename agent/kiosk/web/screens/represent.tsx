import type { JSX } from 'preact';
import type { Screen } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { CardOnReader, Icon } from '../icons.js';
import { Key } from '../key.js';
import { Hint } from './pin.js';

/** Somebody is to collect for a holder: their own card comes first. */
export function RepresentScreen({
  represent,
}: {
  readonly represent: Extract<Screen, { readonly name: 'represent' }>;
}): JSX.Element {
  const { speech, act, busy } = usePage();
  const { tapId, hint } = represent;
  const cancel = (): void => act({ type: 'cancel', tapId });
  useKeys({ Escape: cancel });
  return (
    <section class="screen return">
      <div class="return-invite">
        <CardOnReader motion="invite" />
        <div class="return-words">
          <h1 class="title">{speech.say('representTitle')}</h1>
          <p class="hint">{speech.say('representHint')}</p>
        </div>
      </div>
      <footer class="keys">
        <Key kind="plain" id="cancel" disabled={busy} onPress={cancel}>
          <Icon name="cross" />
          {speech.say('cancel')}
        </Key>
        <Hint hint={hint} />
      </footer>
    </section>
  );
}
