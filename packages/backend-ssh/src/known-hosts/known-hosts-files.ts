import { join } from 'node:path';
import { homeDirectory } from '../home-directory.ts';

/** The files that OpenSSH looks into where nothing else is configured. The first of the user's is the one that is written. */
export function userKnownHostsFiles(): string[] {
  return ['known_hosts', 'known_hosts2'].map((name) => join(homeDirectory(), '.ssh', name));
}

export function systemKnownHostsFiles(): string[] {
  const directory = process.platform === 'win32' ? join(process.env['ProgramData'] ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh';
  return ['ssh_known_hosts', 'ssh_known_hosts2'].map((name) => join(directory, name));
}
