import { expect, test } from 'vitest';
import { hostKeyAlgorithms } from './host-key-algorithms.ts';

const EC = ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];
const RSA = ['rsa-sha2-512', 'rsa-sha2-256'];

test('what is known for a host comes first, so that a server with several keys presents one of them', () => {
  expect(hostKeyAlgorithms(new Set())).toEqual(['ssh-ed25519', ...EC, ...RSA]);
  expect(hostKeyAlgorithms(new Set(['ssh-rsa']))).toEqual([...RSA, 'ssh-ed25519', ...EC]);
  expect(hostKeyAlgorithms(new Set(['ssh-ed25519', 'ssh-rsa']))).toEqual(['ssh-ed25519', ...RSA, ...EC]);
  expect(hostKeyAlgorithms(new Set(['ecdsa-sha2-nistp384']))[0]).toBe('ecdsa-sha2-nistp384');
});

test('HostKeyAlgorithms keeps its order and what is not supported is left out', () => {
  const wanted = ['ssh-ed25519-cert-v01@openssh.com', 'ssh-rsa', 'rsa-sha2-256', 'ssh-dss', 'ssh-ed25519'];
  expect(hostKeyAlgorithms(new Set(), wanted)).toEqual(['ssh-rsa', 'rsa-sha2-256', 'ssh-ed25519']);
  expect(hostKeyAlgorithms(new Set(['ssh-ed25519']), wanted)).toEqual(['ssh-ed25519', 'ssh-rsa', 'rsa-sha2-256']);
  expect(hostKeyAlgorithms(new Set(['ssh-ed25519']), ['ssh-dss'])).toEqual([]);
});
