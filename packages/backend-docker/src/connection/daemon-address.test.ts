import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { daemonAddress, daemonBehindSsh } from './daemon-address.ts';

const home = mkdtempSync(join(tmpdir(), 'errand-docker-config-'));
afterAll(() => rmSync(home, { recursive: true }));

/** As `docker context create` writes it. */
function makeContext(name: string, host: string, tls: Readonly<Record<string, string>> = {}): void {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(home, 'contexts', 'meta', id);
  mkdirSync(meta, { recursive: true });
  const endpoint = { Host: host, SkipTLSVerify: false };
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: endpoint } }));
  const files = join(home, 'contexts', 'tls', id, 'docker');
  if (Object.keys(tls).length > 0) mkdirSync(files, { recursive: true });
  for (const [file, text] of Object.entries(tls)) writeFileSync(join(files, file), text);
}

makeContext('far', 'tcp://far.example:2376', { 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY' });
makeContext('near', 'unix:///run/user/1000/docker.sock');
const surroundings = { DOCKER_CONFIG: home };

describe('the address of a daemon', () => {
  test.each([
    [{}, {}, { path: '/var/run/docker.sock' }],
    [{}, { DOCKER_HOST: 'unix:///run/x.sock' }, { path: '/run/x.sock' }],
    [{}, { DOCKER_HOST: 'tcp://10.0.0.7' }, { host: '10.0.0.7', port: 2_375 }],
    [{}, { DOCKER_HOST: 'tcp://[::1]:4000/' }, { host: '::1', port: 4_000 }],
    [{}, { DOCKER_HOST: 'box:1' }, { host: 'box', port: 1 }],
    [{ host: 'unix:///run/y.sock' }, { DOCKER_HOST: 'unix:///run/x.sock' }, { path: '/run/y.sock' }],
    [{}, { DOCKER_CONTEXT: 'near' }, { path: '/run/user/1000/docker.sock' }],
    [{}, { DOCKER_CONTEXT: 'near', DOCKER_HOST: 'box:1' }, { host: 'box', port: 1 }],
    [{ context: 'near' }, { DOCKER_HOST: 'box:1' }, { path: '/run/user/1000/docker.sock' }],
    [{ context: 'default' }, { DOCKER_CONTEXT: 'near' }, { path: '/var/run/docker.sock' }],
  ])('of %j with %j is %j', (options, env, address) => {
    expect(daemonAddress(options, { ...surroundings, ...env })).toEqual(address);
  });

  test('is that of the context that the docker CLI was told to use, with its files for TLS', () => {
    writeFileSync(join(home, 'config.json'), JSON.stringify({ currentContext: 'far' }));
    const tls = { ca: Buffer.from('CA'), cert: Buffer.from('CERT'), key: Buffer.from('KEY') };
    expect(daemonAddress({}, surroundings)).toEqual({ host: 'far.example', port: 2_376, tls });
    rmSync(join(home, 'config.json'));
  });

  test('has the files of DOCKER_CERT_PATH, which are verified only with DOCKER_TLS_VERIFY', () => {
    const files = mkdtempSync(join(home, 'certificates-'));
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(files, `${name}.pem`), name);
    const tls = { ca: Buffer.from('ca'), cert: Buffer.from('cert'), key: Buffer.from('key') };
    const env = { ...surroundings, DOCKER_HOST: 'tcp://box', DOCKER_CERT_PATH: files };
    expect(daemonAddress({}, { ...env, DOCKER_TLS_VERIFY: '1' })).toEqual({ host: 'box', port: 2_376, tls });
    expect(daemonAddress({}, { ...env, DOCKER_TLS: '1' })).toEqual({
      host: 'box',
      port: 2_376,
      tls: { ...tls, rejectUnauthorized: false },
    });
    expect(daemonAddress({}, env)).toEqual({ host: 'box', port: 2_375 });
    expect(daemonAddress({ tlsDirectory: files }, { ...surroundings, DOCKER_HOST: 'tcp://box:9' })).toEqual({ host: 'box', port: 9, tls });
  });

  test('is told as one behind SSH, by option, environment or context, for who knows a way there', () => {
    makeContext('far', 'ssh://me@box');
    expect(daemonBehindSsh({ host: 'ssh://box/run/docker.sock' }, surroundings)).toBe('ssh://box/run/docker.sock');
    expect(daemonBehindSsh({}, { ...surroundings, DOCKER_HOST: 'ssh://box' })).toBe('ssh://box');
    expect(daemonBehindSsh({ context: 'far' }, surroundings)).toBe('ssh://me@box');
    expect(daemonBehindSsh({ host: 'tcp://box' }, { ...surroundings, DOCKER_HOST: 'ssh://box' })).toBeUndefined();
  });

  test.each([
    [{ host: 'ftp://box' }, {}, /^host: names no daemon\. Allowed: such as unix/],
    [{ host: 'tcp://box:70000' }, {}, /^host: names no daemon/],
    [{}, { DOCKER_HOST: 'tcp://us er@box' }, /^DOCKER_HOST: names no daemon/],
    [{ context: 'gone' }, {}, /^context: the docker CLI has no context 'gone'/],
    [{}, { DOCKER_HOST: 'tcp://box', DOCKER_TLS_VERIFY: '1' }, /^DOCKER_CERT_PATH: .* cannot be read for TLS\. Allowed/],
    [{ host: 'ssh://box' }, {}, /^host names a daemon behind SSH.*Pass connect/],
  ])('is refused where %j and %j say something else', (options, env, message) => {
    expect(() => daemonAddress(options, { ...surroundings, ...env })).toThrow(message);
  });
});
