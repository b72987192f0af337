import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Language } from '../../domain/texts.js';
import type { KioskCommand, KioskState, Screen, TakenView } from '../state.js';
import { useAgent } from './agent.js';
import { Bar, servesSeveral } from './bar.js';
import { type Page, PageContext } from './context.js';
import type { AgentLink, LinkListener } from './link.js';
import { LanguageSheet, LostOverlay, Toast } from './overlay.js';
import { CardPinDoneScreen, CardPinScreen } from './screens/card-pin.js';
import { HealthRecordsScreen } from './screens/health.js';
import { IdleScreen } from './screens/idle.js';
import { LogInScreen } from './screens/log-in.js';
import { OfferScreen } from './screens/offer.js';
import { PayingScreen } from './screens/paying.js';
import { RepresentScreen } from './screens/represent.js';
import { GrantedScreen, RefusedScreen, UnresolvedScreen } from './screens/results.js';
import { SearchScreen } from './screens/search.js';
import { ShiftClosedScreen, ShiftOpenScreen } from './screens/shift.js';
import { ShiftCloseScreen } from './screens/shift-close.js';
import { StockScreen } from './screens/stock.js';
import { AuthoriseScreen, ReturnScreen, VoidedScreen } from './screens/take-back.js';
import { StartingScreen, WorkingScreen } from './screens/working.js';
import type { Tune } from './sound.js';
import { createSpeech, type Speech } from './speech.js';
import type { TextKey } from './texts.js';

/** After a change of screen, touches are not taken for this long, ms: a second tap was meant for what was there before. */
export const HOLD_OFF_MS = 350;

/** How long a message stays, ms. */
const TOAST_MS = 6_000;

/** What the {@link App} is given. */
export interface AppProps {
  readonly connect: (listener: LinkListener) => AgentLink;
  readonly language: Language;
  readonly onLanguage: (language: Language) => void;
  readonly play: (tune: Tune) => void;
}

interface Message {
  readonly key: TextKey;
  readonly code: string | null;
}

/** The whole page: one screen of the terminal's state, the bar above it, and what may lie over both. */
export function App({ connect, language: firstLanguage, onLanguage, play }: AppProps): JSX.Element {
  const { state, lost, nowMs, send } = useAgent(connect);
  const [language, setLanguage] = useState(firstLanguage);
  const [choosing, setChoosing] = useState(false);
  const [message, setMessage] = useState<Message | null>(null);
  const speech = useMemo(() => createSpeech(language), [language]);
  const screen: Screen = state?.screen ?? { name: 'starting' };
  const key = screenKey(screen);
  const { act, busy } = useActions(key, send, setMessage);
  useDocument(speech, screen);
  useTune(screen, play);
  useEffect(() => {
    if (message === null) return;
    const timer = setTimeout(() => setMessage(null), TOAST_MS);
    return () => clearTimeout(timer);
  }, [message]);

  const covered = lost || choosing;
  const page: Page = {
    speech,
    act,
    busy,
    active: !covered,
    nowMs,
    timeZone: state?.bar.timeZone ?? 'UTC',
  };
  const choose = (chosen: Language): void => {
    setLanguage(chosen);
    onLanguage(chosen);
    setChoosing(false);
  };
  return (
    <PageContext.Provider value={page}>
      <div class="page" inert={covered}>
        <Bar
          bar={state?.bar ?? null}
          programmes={state?.programmes ?? null}
          screen={screen.name}
          onLanguage={() => setChoosing(true)}
        />
        <main>{showScreen(screen, state)}</main>
        <p class="unseen" role="status" aria-live="assertive">
          {announcement(screen, speech)}
        </p>
      </div>
      {message !== null && !covered && <Toast text={speech.say(message.key)} code={message.code} />}
      {choosing && !lost && (
        <PageContext.Provider value={{ ...page, active: true }}>
          <LanguageSheet onChoose={choose} onClose={() => setChoosing(false)} />
        </PageContext.Provider>
      )}
      {lost && <LostOverlay />}
    </PageContext.Provider>
  );
}

/** The screen as an element. Keyed by its tap, so that nothing chosen for one holder is left for the next. */
function showScreen(screen: Screen, state: KioskState | null): JSX.Element {
  switch (screen.name) {
    case 'idle':
      return state === null ? (
        <StartingScreen />
      ) : (
        <IdleScreen idle={screen} bar={state.bar} tellsConnection={servesSeveral(state.programmes)} />
      );
    case 'reading':
      return <WorkingScreen writing={false} />;
    case 'log-in':
      return <LogInScreen logIn={screen} />;
    case 'represent':
      return <RepresentScreen represent={screen} />;
    case 'shift-open':
      return <ShiftOpenScreen opening={screen} />;
    case 'shift-close':
      return <ShiftCloseScreen key={screen.shift.id} closing={screen} />;
    case 'shift-closed':
      return <ShiftClosedScreen closed={screen} />;
    case 'stock':
      return <StockScreen stock={screen} />;
    case 'search':
      return <SearchScreen key={screen.tapId} search={screen} />;
    case 'health':
      return <HealthRecordsScreen key={screen.tapId} health={screen} />;
    case 'card-pin':
      return <CardPinScreen key={screen.tapId} cardPin={screen} />;
    case 'card-pin-done':
      return <CardPinDoneScreen key={screen.tapId} done={screen} />;
    case 'offer':
      return <OfferScreen key={screen.tapId} offer={screen} />;
    case 'paying':
      return <PayingScreen key={screen.tapId} paying={screen} />;
    case 'writing':
      return <WorkingScreen writing={true} />;
    case 'granted':
      return <GrantedScreen key={screen.tapId} granted={screen} />;
    case 'refused':
      return <RefusedScreen key={screen.tapId} refused={screen} />;
    case 'unresolved':
      return <UnresolvedScreen key={screen.tapId} unresolved={screen} />;
    case 'authorise':
      return <AuthoriseScreen key={screen.tapId} authorise={screen} />;
    case 'return':
      return <ReturnScreen key={screen.tapId} returned={screen} />;
    case 'voided':
      return <VoidedScreen key={screen.tapId} voided={screen} />;
    default:
      return <StartingScreen />;
  }
}

/** What makes one screen another: keys pressed on one are not meant for the other. */
function screenKey(screen: Screen): string {
  if (screen.name === 'idle') return `idle ${screen.pending.map(({ tapId }) => tapId).join(' ')}`;
  return 'tapId' in screen ? `${screen.name} ${screen.tapId}` : screen.name;
}

/** Sends commands: one at a time for a screen, none just after it appeared. */
function useActions(
  key: string,
  send: AgentLink['send'],
  onMessage: (message: Message | null) => void,
): Pick<Page, 'act' | 'busy'> {
  const shown = useRef({ key, sinceMs: performance.now() });
  if (shown.current.key !== key) shown.current = { key, sinceMs: performance.now() };
  const [pendingKey, setPendingKey] = useState<string | null>(null);
  const busy = pendingKey === key;
  const act = (command: KioskCommand): void => {
    if (busy || performance.now() - shown.current.sinceMs < HOLD_OFF_MS) return;
    onMessage(null);
    setPendingKey(key);
    void send(command).then((result) => {
      setPendingKey((now) => (now === key ? null : now));
      if (!result.ok) onMessage(messageFor(result.code));
    });
  };
  return { act, busy };
}

function messageFor(code: string): Message {
  if (code === 'ERR_TAP_STATE') return { key: 'staleCommand', code };
  if (code === 'ERR_QUANTITY') return { key: 'quantityRefused', code };
  return code === 'none' ? { key: 'noAnswer', code: null } : { key: 'commandFailed', code };
}

/** Language, direction and colour of the whole document. */
function useDocument(speech: Speech, screen: Screen): void {
  useEffect(() => {
    const { documentElement: root } = document;
    root.lang = speech.language;
    root.dir = speech.direction;
    document.title = speech.say('appName');
  }, [speech]);
  useEffect(() => {
    document.documentElement.dataset.screen = screen.name;
  }, [screen.name]);
}

/** Plays a result once, when it comes up; not again when the page is reloaded in front of it. */
function useTune(screen: Screen, play: (tune: Tune) => void): void {
  const key = screenKey(screen);
  const before = useRef<Screen['name']>(screen.name);
  useEffect(() => {
    const first = before.current === 'starting';
    before.current = screen.name;
    if (first) return;
    const { name } = screen;
    if (name === 'granted' || name === 'refused' || name === 'unresolved' || name === 'voided') play(name);
  }, [key]);
}

/** What a reader of the screen speaks when a result comes up; empty on every other screen. */
function announcement(screen: Screen, speech: Speech): string {
  if (screen.name === 'granted') return `${speech.say('grantedTitle')}: ${goodsIn(screen.handover.taken, speech)}`;
  if (screen.name === 'voided')
    return `${speech.say('voidedTitle')}. ${speech.say(screen.holder.isListed === true ? 'voidedListed' : 'voidedBack')}: ${goodsIn(screen.taken, speech)}`;
  if (screen.name === 'authorise' || screen.name === 'return' || screen.name === 'log-in') {
    const titles = { authorise: 'authoriseTitle', return: 'unresolvedAgain', 'log-in': 'logInTitle' } as const;
    const title = speech.say(titles[screen.name]);
    return screen.hint === null ? title : `${speech.pick(screen.hint.text)} ${title}`;
  }
  if (screen.name === 'refused')
    return `${speech.say(screen.isAboutPin === true ? 'cardPinKey' : 'refusedTitle')}. ${speech.pick(screen.text)}`;
  if (screen.name === 'card-pin' && screen.hint !== null) return speech.pick(screen.hint.text);
  if (screen.name === 'unresolved') return `${speech.say('unresolvedTitle')}. ${speech.say('unresolvedAgain')}`;
  if (screen.name === 'paying') return speech.say('payingTitle');
  return screen.name === 'writing' ? speech.say('keepCard') : '';
}

function goodsIn(taken: readonly TakenView[], speech: Speech): string {
  const words = taken.map(
    ({ name, unit, quantity }) => `${speech.number(quantity)} ${speech.word(unit, quantity)} ${speech.pick(name)}`,
  );
  return words.join(', ');
}
