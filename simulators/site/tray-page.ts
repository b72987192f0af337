import type { CardStory, WalletCard } from './wallet.js';

const STORY_TEXT: Readonly<Record<Exclude<CardStory, 'good'>, string>> = {
  blocked: 'reported stolen: on the hotlist',
  expired: 'expired: past its last day',
  forged: 'forged: signed with a key nobody trusts',
};

/**
 * The page of the card tray: every card as a button; the one on the reader stands out, and what the clerk's screen says about it stands above.
 * Everything is inline: nothing is fetched from elsewhere.
 */
export function trayPage(cards: readonly WalletCard[], kioskUrl: string): string {
  const good = cards.filter(({ story }) => story === 'good');
  const bad = cards.filter(({ story }) => story !== 'good');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Wasl: card tray</title><style>${STYLE}</style></head>
<body><header><div><h1>Card tray</h1>
<p>The citizens’ cards, and the hand that lays them on the reader. <b>1</b> Open the clerk’s screen beside this page.
<b>2</b> Click a card: it lies on the reader. <b>3</b> Be the clerk: answer on the clerk’s screen. <b>4</b> Click the card again to take it away.</p></div>
<a class="open" href="${escapeHtml(kioskUrl)}" target="wasl-kiosk" rel="noopener">Open the clerk’s screen</a></header>
<section class="now" aria-label="What happens now"><p><span>Reader</span><b id="reader" role="status">empty</b></p>
<p><span>Clerk’s screen</span><b id="screen" role="status">…</b></p>
<button id="pull" aria-pressed="false">Pull the next card away while it is written</button></section>
<main><h2>Should be served <small>5 loaves a day for each person of the household that the card draws for</small></h2><div class="cards">${good.map(button).join('\n')}</div>
<h2>Must be refused</h2><div class="cards">${bad.map(button).join('\n')}</div></main><script>${SCRIPT}</script></body></html>`;
}

function button({ handle, person, story }: WalletCard): string {
  const note = story === 'good' ? `${person.draws * 5} loaves a day` : STORY_TEXT[story];
  const draws = `draws for ${person.draws} of ${person.householdSize}`;
  return `<button class="card ${story}" data-card="${escapeHtml(handle)}" aria-pressed="false">
<b lang="ar" dir="rtl">${escapeHtml(person.arabic)}</b><span>${escapeHtml(person.latin)}</span>
<small><code>${escapeHtml(handle)}</code> · ${draws}</small><em>${note}</em></button>`;
}

const STYLE = `
*{box-sizing:border-box}body{font:16px/1.4 "Noto Sans",system-ui,sans-serif;margin:0;background:#f6f3ec;color:#14232b}
header{display:flex;gap:1.5rem;align-items:center;justify-content:space-between;padding:1rem 1.5rem;background:#fff}
h1{margin:0;font-size:1.3rem}header p{margin:.2rem 0 0;max-width:60rem;color:#3b4a52}header p b{color:#0b4a55}
.open{flex:none;padding:.7rem 1.1rem;border-radius:.7rem;background:#0b4a55;color:#fff;text-decoration:none;font-weight:600}
.now{min-height:6.8rem;position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:.3rem 2rem;align-items:center;padding:.7rem 1.5rem;background:#e4eff0;border-block:1px solid #c3d8da}
.now p{margin:0;display:flex;flex-direction:column;min-width:9rem}.now p+p{flex:1 1 24rem}.now span{font-size:.8rem;color:#3b5a60}
#pull{font:inherit;padding:.5rem .9rem;border-radius:.7rem;border:2px solid #0b4a55;background:#fff;color:#0b4a55;cursor:pointer}
#pull[aria-pressed=true]{background:#e09f3e;border-color:#8a5a12;color:#14232b}
main{padding:.5rem 1.5rem 2rem}h2{font-size:1rem;margin:1rem 0 .6rem}h2 small{font-weight:400;color:#3b4a52;margin-left:.6rem}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(14rem,1fr));gap:1rem}
.card{font:inherit;text-align:start;border:0;cursor:pointer;display:flex;flex-direction:column;gap:.1rem;padding:.8rem 1rem;min-height:8.6rem;border-radius:.9rem;
background:linear-gradient(135deg,#0d5c63,#137177);color:#fff;box-shadow:0 2px 6px #0003}
.card:not(.good){background:linear-gradient(135deg,#6b3030,#8a4038)}
.card b{font-size:1.3rem}.card code{font-size:.95em}.card small{opacity:.95}.card em{margin-top:auto;font-style:normal;font-size:.9rem}
:focus-visible{outline:3px solid #e09f3e;outline-offset:3px}.card[aria-pressed=true]{outline:5px solid #e09f3e;outline-offset:3px}`;

const SCRIPT = `
const reader=document.getElementById('reader'),screen=document.getElementById('screen'),pull=document.getElementById('pull');
const cards=[...document.querySelectorAll('[data-card]')];
async function call(path,body){
  const answer=await fetch(path,body===undefined?{}:{method:'POST',headers:{'content-type':'application/json'},body:JSON.stringify(body)});
  const result=await answer.json();if(!answer.ok)throw new Error(result.error.message);return result}
function tell(element,text){if(element.textContent!==text)element.textContent=text}
function show(view){
  for(const card of cards)card.setAttribute('aria-pressed',String(card.dataset.card===view.present));
  pull.setAttribute('aria-pressed',String(view.pull));
  tell(reader,view.present===null?'empty':view.present+' lies on it');
  if(Date.now()>quietUntil)tell(screen,view.screen===null?'does not answer':view.screen)}
let quietUntil=0;
function stopped(error){
  const gone=error instanceof TypeError;if(!gone)quietUntil=Date.now()+5000;
  tell(screen,gone?'Wasl has stopped. Start it again with npm start, then reload this page.':error.message);
  if(gone)tell(reader,'gone')}
async function act(path,body){try{show(await call(path,body))}catch(error){stopped(error)}}
for(const card of cards)card.addEventListener('click',()=>card.getAttribute('aria-pressed')==='true'?act('/api/remove',{}):act('/api/present',{card:card.dataset.card}));
pull.addEventListener('click',()=>act('/api/pull',{}));
async function poll(){await act('/api/cards');setTimeout(poll,500)}
poll();`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
