/** The way from journal to centre over a broker in a container, which is killed and started again as an orchestrator does. */
import { createServer } from 'node:net';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUCH_TURN_MS } from '../support/central.js';
import { type DockerEngine, dockerEngine, importProgram, killAndStart } from '../support/docker.js';
import { hasMosquitto } from '../support/mosquitto.js';
import { eventually } from '../support/system.js';
import { servicesOf, startSite, type TestBroker, type TestSite } from './site.js';

const OFFICIAL = 'eclipse-mosquitto:2';
const IMPORTED = 'wasl-test/mosquitto:debian';
const PROGRAM = '/usr/sbin/mosquitto';

const engine = hasMosquitto() ? await dockerEngine() : null;

describe.runIf(engine !== null)('over Mosquitto in a container', () => {
  let site: TestSite;
  let broker: TestBroker & { readonly image: string };

  beforeAll(async () => {
    if (engine === null) return;
    process.env.DOCKER_HOST = `unix://${engine.socket}`;
    process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1';
    // Its clean-up container is an image more that would have to be pulled.
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
    site = await startSite();
    broker = await startContainer(engine);
  }, COUCH_TURN_MS);
  afterAll(async () => {
    try {
      await site?.close();
      await broker?.close();
    } finally {
      await engine?.stop();
    }
  }, COUCH_TURN_MS);

  it('everything arrives, once, though the container is killed again and again', {
    timeout: COUCH_TURN_MS,
  }, async () => {
    await site.bridge(broker);
    const terminal = await site.terminal(broker, broker.port, { batchEventsMax: 25 });
    for (let round = 0; round < 3; round += 1) {
      await terminal.serve(60);
      await eventually('some of it is under way', () => terminal.uplink.status().connection === 'online', 60_000);
      await broker.restart();
    }
    await terminal.acknowledged();
    expect(await site.audited([terminal])).toEqual({ problems: [], gaps: [], services: servicesOf([terminal], 180) });
    expect([OFFICIAL, IMPORTED]).toContain(broker.image);
  });
});

/** The official image where it is here or can be pulled, else Debian's Mosquitto imported as an image; a line says which. */
async function startContainer(on: DockerEngine): Promise<TestBroker & { readonly image: string }> {
  const port = await freePort();
  const start = (image: string): Promise<StartedTestContainer> =>
    new GenericContainer(image)
      .withNetworkMode('host')
      // Not root: it would change to a user that an imported image does not have.
      .withUser('1000:1000')
      .withEntrypoint([PROGRAM])
      .withCommand(['-p', String(port)])
      .withWaitStrategy(Wait.forLogMessage(/mosquitto version .* running/))
      .withStartupTimeout(60_000)
      .start();
  let image = OFFICIAL;
  let container: StartedTestContainer;
  try {
    container = await start(image);
  } catch {
    image = IMPORTED;
    importProgram(on, PROGRAM, image);
    container = await start(image);
    process.stderr.write(`${OFFICIAL} cannot be had here: Debian's Mosquitto was imported as an image in its place\n`);
  }
  return {
    image,
    url: `mqtt://127.0.0.1:${port}`,
    port,
    restart: async () => killAndStart(on, container.getId()),
    close: async () => void (await container.stop()),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
