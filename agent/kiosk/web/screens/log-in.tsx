import type { JSX } from 'preact';
import type { Screen } from '../../state.js';
import { usePage } from '../context.js';
import { Hint, PersonKey, PinEntry, usePin } from './pin.js';

/** Nobody is logged in: whoever serves chooses their name and types their PIN. */
export function LogInScreen({ logIn }: { readonly logIn: Extract<Screen, { readonly name: 'log-in' }> }): JSX.Element {
  const { speech, act } = usePage();
  const { operators, hint } = logIn;
  const typed = usePin({ people: operators, onPin: (operator, pin) => act({ type: 'log-in', operator, pin }) });
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say('logInTitle')}</h1>
        <p class="authorise-what">{speech.say('logInHint')}</p>
        <PersonKey typed={typed} id="operator" />
        <Hint hint={hint} />
      </div>
      <PinEntry typed={typed} ask={speech.say('ownPin')} allow={speech.say('logIn')} id="log-in" />
    </section>
  );
}
