/** A real CouchDB in a container, where Docker and the image are to be had. */
import { existsSync } from 'node:fs';

/** Where to reach it, and how to end it. */
export interface CouchContainer {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  stop(): Promise<void>;
}

const DOCKER_SOCKET = '/var/run/docker.sock';
const IMAGE = 'couchdb:3';
const PASSWORD = 'for-tests-only';
const START_TIMEOUT_MS = 90_000;

/** Starts one; null, after a line that says why, where there is none to be had: then the embedded server takes its place. */
export async function couchContainer(): Promise<CouchContainer | null> {
  if (process.env.DOCKER_HOST === undefined && !existsSync(DOCKER_SOCKET)) {
    process.stderr.write(
      'no Docker here: the embedded database server takes the place of CouchDB (partitions and quorum are not exercised)\n',
    );
    return null;
  }
  // Its clean-up container is an image more that would have to be pulled.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  try {
    const started = await new GenericContainer(IMAGE)
      .withEnvironment({ COUCHDB_USER: 'admin', COUCHDB_PASSWORD: PASSWORD })
      .withExposedPorts(5984)
      .withWaitStrategy(Wait.forHttp('/_up', 5984))
      .withStartupTimeout(START_TIMEOUT_MS)
      .start();
    const url = `http://${started.getHost()}:${started.getMappedPort(5984)}`;
    return { url, username: 'admin', password: PASSWORD, stop: async () => void (await started.stop()) };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    process.stderr.write(`${IMAGE} cannot be run here (${why}): the embedded database server takes its place\n`);
    return null;
  }
}
