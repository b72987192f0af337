import { render } from 'preact';
import { LANGUAGES, type Language } from '../../domain/texts.js';
import { App } from './app.js';
import { Boundary } from './boundary.js';
import { type AgentLink, createLink, type LinkListener } from './link.js';
import { createPlayer } from './sound.js';
import './styles/base.css';
import './styles/bar.css';
import './styles/scene.css';
import './styles/idle.css';
import './styles/offer.css';
import './styles/offer-more.css';
import './styles/results.css';
import './styles/health.css';
import './styles/slip.css';
import './styles/search.css';
import './styles/take-back.css';
import './styles/books.css';
import './styles/overlay.css';
import './styles/motion.css';

const LANGUAGE_KEY = 'wasl-language';

/** After a fault of the page itself it is loaded again, but not faster than this, ms. */
const FAULT_RELOAD_MS = 3_000;

/** Wires the page to the browser: storage, sound, time and network are given to it here and nowhere else. */
function start(root: HTMLElement): void {
  const player = createPlayer();
  render(
    <Boundary onFault={() => setTimeout(() => location.reload(), FAULT_RELOAD_MS)}>
      <App
        connect={connect}
        language={storedLanguage()}
        onLanguage={(language) => localStorage.setItem(LANGUAGE_KEY, language)}
        play={(tune) => player.play(tune)}
      />
    </Boundary>,
    root,
  );
}

function connect(listener: LinkListener): AgentLink {
  return createLink({
    fetch: (...request) => fetch(...request),
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    token: tokenIn(document),
    freshToken,
    listener,
  });
}

/**
 * The token of a terminal that was started anew. Where it came back with another version of this page, the page is
 * loaded again; otherwise the token alone is taken over, since a reload that fails would leave a dead screen.
 */
async function freshToken(signal: AbortSignal): Promise<string> {
  const response = await fetch('/', { cache: 'no-store', signal });
  if (!response.ok) throw new Error(`the page was refused with ${response.status}`);
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  if (scriptIn(fresh) !== scriptIn(document)) location.reload();
  return tokenIn(fresh);
}

function tokenIn(page: Document): string {
  return page.querySelector<HTMLMetaElement>('meta[name="wasl-token"]')?.content ?? '';
}

function scriptIn(page: Document): string | null | undefined {
  return page.querySelector('script[type="module"]')?.getAttribute('src');
}

function storedLanguage(): Language {
  const stored = localStorage.getItem(LANGUAGE_KEY);
  return LANGUAGES.find((language) => language === stored) ?? 'ar';
}

const root = document.getElementById('app');
if (root !== null) start(root);
