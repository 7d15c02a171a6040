import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { DaemonAgent } from './daemon-agent.ts';

test('an agent is shown in a word, whatever its connections are', () => {
  const agent = new DaemonAgent({ path: '/nonexistent/docker.sock' });
  expect(inspect({ agent }, { showHidden: true, depth: null })).toBe('{ agent: DaemonAgent }');
  agent.destroy();
});
