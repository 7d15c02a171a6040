import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Started, start } from './cli/errand.ts';
import { heard } from './cli/output.ts';
import { temporaryDirectory } from './cli/temporary.ts';

const HOOK = new URL('cli/after-read.fixture.ts', import.meta.url).href;

/** A server whose file gets another text, or which gets SIGHUP, as soon as it has read that. */
async function startedUnder(text?: string): Promise<Started> {
  const home = await temporaryDirectory();
  const file = `${home}/errand.yaml`;
  await writeFile(file, 'version: 1\ntargets: { one: { kind: local } }\n');
  // What was written just before it was started is not new to it.
  await delay(200);
  return start(['serve', '--http', '0', '--config', file, '--log-level', 'info'], {
    env: { XDG_STATE_HOME: home, AFTER_READ: file, AFTER_READ_TEXT: text },
    nodeOptions: [`--import=${HOOK}`],
  });
}

test('SIGHUP while the server starts has the file read again, and does not end it', async () => {
  const child = await startedUnder();
  const [said] = await heard(child.stderr, /serving MCP at .*was read again/s);
  expect(said).toContain('"targets":1');
});

test('a file that changes while the server starts is read again', async () => {
  const child = await startedUnder('version: 1\ntargets: { one: { kind: local }, two: { kind: local } }\n');
  const [said] = await heard(child.stderr, /serving MCP at .*was read again/s);
  expect(said).toContain('"targets":2');
});
