/** The embedded broker as a process of its own: `node broker-main.js --port N --username NAME --password-file FILE`. */
import { parseArgs } from 'node:util';
import { startBroker } from './broker.js';
import { passwordIn, portFrom, serveUntilSignal } from './process.js';

await serveUntilSignal(async () => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      username: { type: 'string', default: 'wasl' },
      'password-file': { type: 'string' },
    },
  });
  const file = values['password-file'];
  const password = file === undefined ? {} : { password: await passwordIn(file) };
  const broker = await startBroker({ port: portFrom(values.port), username: values.username, ...password });
  const { url, port, username } = broker;
  // Without a file nobody else could know the password.
  const told = file === undefined ? { password: broker.password } : {};
  return { ready: { ready: 'broker', url, port, username, ...told }, close: broker.close };
});
