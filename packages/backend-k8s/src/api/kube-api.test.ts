import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { K8sClient } from '../k8s-client.ts';
import { ClusterRefusal } from './cluster-refusal.ts';
import { KubeApi } from './kube-api.ts';

let server: Server;
let directory = '';
let api: KubeApi;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    await delay(Math.random() * 4);
    response.writeHead(request.url === '/gone' ? 404 : 200);
    response.write('{"kind":');
    await delay(Math.random() * 4);
    response.end('"Status"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  directory = await mkdtemp(join(tmpdir(), 'errand-kube-api-'));
  const kubeconfig = join(directory, 'config');
  const config = {
    'current-context': 'it',
    // The vendor refuses plain HTTP otherwise.
    clusters: [{ name: 'it', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'it', user: {} }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  api = new KubeApi(new K8sClient({ kubeconfig }));
});
afterAll(async () => {
  api.close();
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

test('an abort at any moment is what a question rejects with, and leaves no fault that nobody hears of', async () => {
  const reason = new Error('it is not wanted any more');
  const ask = async (): Promise<unknown> => {
    const over = new AbortController();
    setTimeout(() => over.abort(reason), Math.random() * 12);
    return await api.get(Math.random() < 0.5 ? '/there' : '/gone', over.signal).catch((fault: unknown) => fault);
  };
  const answers: unknown[] = [];
  for (let round = 0; round < 10; round += 1) answers.push(...(await Promise.all(Array.from({ length: 30 }, ask))));
  const others = answers.filter((answer) => answer !== reason && !(answer instanceof ClusterRefusal && answer.code === 404));
  expect(others).toEqual(others.map(() => ({ kind: 'Status' })));
  expect(answers).toContain(reason);
});

test('what is aborted before is not sent', async () => {
  const reason = new Error('never');
  await expect(api.get('/there', AbortSignal.abort(reason))).rejects.toBe(reason);
});
