import type { CardStory, WalletCard } from './wallet.js';

const STORY_TEXT: Readonly<Record<CardStory, string>> = {
  good: 'should be served',
  blocked: 'on the hotlist: should be refused',
  expired: 'expired: should be refused',
  forged: 'signed by a stranger: should be refused',
};

/** The page of the card tray: every card as a button; the one on the reader stands out. Everything is inline: nothing is fetched from elsewhere. */
export function trayPage(cards: readonly WalletCard[], kioskUrl: string): string {
  const buttons = cards
    .map(
      ({
        handle,
        person,
        story,
      }) => `<button class="card ${story}" data-card="${escapeHtml(handle)}" aria-pressed="false">
        <b lang="ar" dir="rtl">${escapeHtml(person.arabic)}</b><span>${escapeHtml(person.latin)}</span>
        <small>${escapeHtml(handle)} · draws for ${person.draws} of ${person.householdSize}</small><em>${STORY_TEXT[story]}</em></button>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Card tray</title><style>${STYLE}</style></head>
<body><header><h1>Card tray</h1><p>Click a card to put it on the reader, click it again to take it away. The clerk's screen is
<a href="${escapeHtml(kioskUrl)}" target="_blank" rel="noopener">${escapeHtml(kioskUrl)}</a>.</p><p id="status" role="status">The reader is empty.</p></header>
<main>${buttons}</main><script>${SCRIPT}</script></body></html>`;
}

const STYLE = `
body{font:16px/1.4 system-ui,sans-serif;margin:0;background:#f3f1ec;color:#1c2b33}
header{padding:1rem 1.5rem;background:#fff;border-bottom:1px solid #d8d3c8}h1{margin:0;font-size:1.3rem}p{margin:.3rem 0}
#status{font-weight:600}main{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem;padding:1.5rem}
.card{all:unset;box-sizing:border-box;cursor:pointer;display:flex;flex-direction:column;gap:.15rem;padding:1rem;min-height:8.5rem;border-radius:.9rem;
background:linear-gradient(135deg,#0d5c63,#137177);color:#fff;box-shadow:0 2px 6px #0003}
.card.blocked,.card.expired,.card.forged{background:linear-gradient(135deg,#5b5146,#75695c)}
.card b{font-size:1.35rem}.card small{opacity:.9}.card em{margin-top:auto;font-style:normal;font-size:.85rem}
.card:focus-visible{outline:3px solid #e09f3e;outline-offset:3px}.card[aria-pressed=true]{outline:5px solid #e09f3e;outline-offset:3px}`;

const SCRIPT = `
const status=document.getElementById('status');
async function call(path,body){
  const answer=await fetch(path,body===undefined?{}:{method:'POST',headers:{'content-type':'application/json'},body:JSON.stringify(body)});
  const result=await answer.json();if(!answer.ok)throw new Error(result.error.message);return result}
function show(view){
  for(const button of document.querySelectorAll('[data-card]'))button.setAttribute('aria-pressed',String(button.dataset.card===view.present));
  status.textContent=view.present===null?'The reader is empty.':view.present+' is on the reader.'}
for(const button of document.querySelectorAll('[data-card]'))button.addEventListener('click',async()=>{
  try{show(button.getAttribute('aria-pressed')==='true'?await call('/api/remove',{}):await call('/api/present',{card:button.dataset.card}))}
  catch(error){status.textContent=error.message}});
async function poll(){try{show(await call('/api/cards'))}catch{status.textContent='Wasl has stopped. Start it again with npm start.'}setTimeout(poll,2000)}
poll();`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
