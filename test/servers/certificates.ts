import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const DAYS = ['-days', '2'];

/** Makes, below a directory, one with the key and certificate of a CA. */
export function makeAuthority(directory: string): string {
  mkdirSync(directory);
  openssl(directory, ['req', '-x509', ...KEY, ...DAYS, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-subj', '/CN=test CA']);
  return directory;
}

/** Makes a directory with `ca.pem`, `cert.pem` and `key.pem` of who this CA says is 127.0.0.1, or a client of it. */
export function makeCertificate(authority: string, directory: string, usage: 'serverAuth' | 'clientAuth'): string {
  mkdirSync(directory);
  copyFileSync(join(authority, 'ca.pem'), join(directory, 'ca.pem'));
  writeFileSync(join(directory, 'extensions'), `subjectAltName = IP:127.0.0.1\nextendedKeyUsage = ${usage}\n`);
  openssl(directory, ['req', ...KEY, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', `/CN=test ${usage}`]);
  const by = ['-CA', join(authority, 'ca.pem'), '-CAkey', join(authority, 'ca-key.pem'), '-CAcreateserial'];
  openssl(directory, ['x509', '-req', '-in', 'request.pem', ...by, ...DAYS, '-extfile', 'extensions', '-out', 'cert.pem']);
  return directory;
}

function openssl(cwd: string, args: readonly string[]): void {
  execFileSync('openssl', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
}
