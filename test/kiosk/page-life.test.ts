import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Screen } from '../../agent/kiosk/state.js';
import { hasChromium, openPage } from './browser.js';
import { layoutFaults } from './layout-probe.js';
import { pageBench } from './page-bench.js';
import { runKiosk, TOKEN } from './running.js';
import { BREAD, granted, HOLDER, handover, offer, refused, unresolved } from './samples.js';
import { soon } from './soon.js';

describe.skipIf(!hasChromium())('the page, left to itself:', () => {
  const bench = pageBench();

  describe('the terminal’s program', () => {
    it('goes away and comes back: the page says so, hides what is stale, and goes on by itself', async () => {
      const { page } = bench.open;
      await bench.show(offer('t1', [BREAD]));
      await page.evaluate('window.sameDocument = true');
      const { port } = bench.kiosk;
      await bench.kiosk.close();
      await page.waitForSelector('[data-overlay="lost"]');
      expect(await layoutFaults(page)).toEqual([]);
      expect(await page.innerText('[data-overlay="lost"]')).toContain('لا تسلّم شيئًا');
      await page.keyboard.press('Enter');
      // A terminal that was restarted has another token, and shows what it had granted.
      bench.kiosk = await runKiosk(bench.webRoot, { port, token: `${TOKEN}-of-the-next-boot` });
      bench.kiosk.backend.show({ name: 'idle', pending: [handover('t1', [BREAD])] });
      await page.waitForSelector('[data-key="handover-t1"]', { timeout: 15_000 });
      await page.waitForSelector('[data-overlay]', { state: 'detached' });
      await bench.holdOff();
      await bench.tap('handover-t1');
      await soon(() => bench.kiosk.backend.commands).toEqual([{ type: 'handover', tapId: 't1' }]);
      expect(await page.evaluate('window.sameDocument')).toBe(true);
    });

    it('drops the holder from the page when it stays away', async () => {
      await bench.show(offer('t1', [BREAD]));
      await bench.kiosk.close();
      await bench.open.page.waitForSelector('[data-overlay="lost"]');
      await soon(() => bench.open.page.content(), 12_000).not.toContain(HOLDER.names[0]?.text);
    });

    it('comes back with another version of the page, which is then loaded', async () => {
      const { page } = bench.open;
      await page.evaluate('window.sameDocument = true');
      const { port } = bench.kiosk;
      await bench.kiosk.close();
      const next = await nextVersion(bench.webRoot);
      bench.kiosk = await runKiosk(next, { port, token: `${TOKEN}-of-the-next-boot` });
      await soon(() => page.evaluate('window.sameDocument').catch(() => true), 15_000).toBe(undefined);
      await bench.screenIs('idle');
      await rm(next, { recursive: true });
    });

    it('sends what the page cannot draw: the page says so and begins anew', async () => {
      const { page } = bench.open;
      const broken = { ...offer('t1', [BREAD]), items: null };
      // A state that the compiler would not let through, as from a terminal of another version.
      bench.kiosk.backend.show(JSON.parse(JSON.stringify(broken)));
      await page.waitForSelector('[data-overlay="fault"]');
      bench.kiosk.backend.show({ name: 'idle', pending: [] });
      await page.waitForSelector('html[data-screen="idle"] .idle', { timeout: 10_000 });
    });
  });

  describe('privacy', () => {
    it('keeps nothing of the holder in the page, its title, its address or its storage after idle', async () => {
      const { page } = bench.open;
      for (const screen of [offer('t1', [BREAD]), granted('t1', [BREAD]), refused('t2')]) await bench.show(screen);
      await bench.show({ name: 'idle', pending: [] });
      const kept = await page.evaluate<string>(
        '[document.documentElement.outerHTML, document.title, location.href, JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie].join()',
      );
      for (const { text } of HOLDER.names) expect(kept).not.toContain(text);
      expect(kept).not.toContain(HOLDER.cardEnding);
    });

    it('asks nobody but the terminal for anything', async () => {
      const asked: string[] = [];
      const context = await bench.browser.newContext();
      const page = await context.newPage();
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(bench.kiosk.url);
      await page.waitForSelector('html[data-screen="idle"]');
      await page.evaluate('document.fonts.ready.then(() => null)');
      await context.close();
      expect(asked.length).toBeGreaterThan(3);
      expect(asked.filter((url) => !url.startsWith(bench.kiosk.url))).toEqual([]);
      expect(asked.filter((url) => url.includes(TOKEN))).toEqual([]);
      expect(asked.some((url) => url.endsWith('.ttf'))).toBe(true);
    });

    it('shows a name as text, whatever it is made of', async () => {
      const text = '<img src=x onerror="window.harmed=true">\u202eabc';
      await bench.show(offer('t1', [BREAD], { ...HOLDER, names: [{ text, language: 'not a language' }] }));
      expect(await bench.open.page.textContent('.holder-first')).toBe(text);
      expect(await bench.open.page.evaluate('window.harmed')).toBe(undefined);
    });
  });

  describe('another page in the same browser', () => {
    let evil: Server;
    let evilUrl: string;

    beforeAll(async () => {
      evil = createServer((_request, response) => {
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><title>evil</title>');
      });
      await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
      const address = evil.address();
      evilUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
    });
    afterAll(() => new Promise((resolve) => evil.close(resolve)));

    it('cannot read the page, act, or frame it', async () => {
      bench.kiosk.backend.show(offer('t1', [BREAD]));
      const context = await bench.browser.newContext();
      const page = await context.newPage();
      await page.goto(evilUrl);
      const outcome = await page.evaluate<readonly string[]>(`(async () => {
        const kiosk = ${JSON.stringify(bench.kiosk.url)};
        const body = JSON.stringify({ type: 'confirm', tapId: 't1', quantities: { bread: 20 } });
        const tries = [
          () => fetch(kiosk).then((r) => r.text()),
          () => fetch(kiosk + 'api/state', { headers: { 'x-wasl-token': ${JSON.stringify(TOKEN)} } }).then((r) => r.text()),
          () => fetch(kiosk + 'api/command', { method: 'POST', mode: 'no-cors', body }).then((r) => r.type),
          () => fetch(kiosk + 'api/command', { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-wasl-token': ${JSON.stringify(TOKEN)} } }).then((r) => r.text()),
          () => new Promise((done) => {
            const frame = document.createElement('iframe');
            frame.onload = () => done(frame.contentDocument === null ? 'closed frame' : 'open frame');
            frame.src = kiosk;
            document.body.append(frame);
          }),
        ];
        return Promise.all(tries.map((one) => one().catch(() => 'blocked')));
      })()`);
      expect(outcome).toEqual([
        'blocked',
        'blocked',
        expect.stringMatching(/blocked|opaque/),
        'blocked',
        'closed frame',
      ]);
      expect(page.frames().at(-1)?.url()).toMatch(/chrome-error/);
      await context.close();
      expect(bench.kiosk.backend.commands).toEqual([]);
    });
  });

  describe('sound and motion', () => {
    it('sounds different for green, red and amber, and is silent for the rest and after a reload', async () => {
      const { page, context } = bench.open;
      await context.addInitScript(`(() => {
        window.notes = [];
        const Plain = OscillatorNode;
        window.OscillatorNode = class extends Plain {
          constructor(context, options) { super(context, options); window.notes.push(options.type + ' ' + options.frequency); }
        };
      })()`);
      await page.reload();
      await bench.screenIs('idle');
      await bench.tap('language');
      await bench.tap('language-close');
      const heard = async (screen: Screen): Promise<string[]> => {
        await page.evaluate('window.notes = []');
        await bench.show(screen);
        return page.evaluate<string[]>('window.notes');
      };
      expect(await heard({ name: 'reading' })).toEqual([]);
      expect(await heard(offer('t1', [BREAD]))).toEqual([]);
      expect(await heard(granted('t1', [BREAD]))).toEqual(['sine 880', 'sine 1318']);
      expect(await heard({ name: 'idle', pending: [] })).toEqual([]);
      expect(await heard(refused('t2'))).toEqual(['square 196']);
      expect(await heard(refused('t3'))).toEqual(['square 196']);
      expect(await heard(unresolved('t4'))).toEqual(['triangle 494', 'triangle 494', 'triangle 494']);
      await page.reload();
      await bench.screenIs('unresolved');
      expect(await heard(unresolved('t4'))).toEqual([]);
    });

    it('moves while the card is written, and stands still for those who asked for it', async () => {
      const still = await openPage(bench.browser, bench.kiosk.url, 'ar', { reducedMotion: 'reduce' });
      await bench.show({ name: 'writing', tapId: 't1' });
      await still.page.waitForSelector('html[data-screen="writing"]');
      expect(await bench.open.page.evaluate('document.getAnimations().length')).toBeGreaterThan(2);
      expect(await still.page.evaluate('document.getAnimations().length')).toBe(0);
      expect(await still.page.innerText('.title')).toBe('أبقِ البطاقة على القارئ');
      await still.context.close();
    });
  });

  it('carries the terminal’s clock on, and takes it over when it was set', async () => {
    const { page } = bench.open;
    expect(await page.innerText('.bar-clock')).toBe('٢:٣٥ م');
    bench.kiosk.backend.set({ nowMs: Date.UTC(2026, 10, 21, 16, 59, 59) });
    await soon(() => page.innerText('.bar-clock')).toBe('٧:٠٠ م');
  });
});

/** The same page as the next build would give it: its script has another name. */
async function nextVersion(webRoot: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-next-'));
  await cp(webRoot, folder, { recursive: true });
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  const script = /assets\/index-[\w-]+\.js/.exec(html)?.[0] ?? '';
  await rename(join(folder, script), join(folder, 'assets', 'index-next.js'));
  await writeFile(join(folder, 'index.html'), html.replace(script, 'assets/index-next.js'));
  return folder;
}
