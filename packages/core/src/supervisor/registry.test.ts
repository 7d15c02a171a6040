import { expect, test } from 'vitest';
import { Registry } from './registry.ts';

const command = (name: string) => ({ key: `executor.${name}`, pid: 77, killGraceMs: 5_000 });

test('a command is told of once it is old enough, and one that is over by then never is', () => {
  const registry = new Registry();
  registry.add(command('a'), false);
  expect(registry.takeNews(60_000)).toBe('');
  expect(registry.hasUntold).toBe(true);
  registry.release('executor.a', {});
  expect(registry.hasUntold).toBe(false);
  expect(registry.takeNews()).toBe('');
});

test('a command that is being ended is told of however young it is', () => {
  const registry = new Registry();
  registry.add(command('a'), false);
  registry.add(command('b'), false);
  registry.ending('executor.a');
  expect(registry.takeNews(60_000)).toBe('R a 77 0 - 5000\nE a\n');
  expect(registry.takeNews()).toBe('R b 77 0 - 5000\n');
  expect(registry.hasUntold).toBe(false);
});

test('a guest that several follow is known until the last one lets go of it', () => {
  const registry = new Registry();
  const guest = { key: 'x.detached-a', pid: 77, killGraceMs: 0, guest: true };
  registry.add(guest, false);
  registry.add(guest, false);
  expect(registry.takeNews()).toBe('R detached-a 77 0 g 0\n');
  registry.release(guest.key, {});
  expect([registry.size, registry.takeNews()]).toEqual([1, '']);
  registry.release(guest.key, {});
  expect([registry.size, registry.takeNews()]).toEqual([0, 'U detached-a 0\n']);
});

test('another supervisor is told of all again, but of nothing that ran before the target was started anew', () => {
  const registry = new Registry();
  registry.startOver('boot 1');
  registry.add(command('a'), true);
  registry.release('executor.daemon', { left: true });
  registry.startOver('boot 1');
  expect(registry.takeNews()).toBe('U daemon 1\nR a 77 0 - 5000\n');
  registry.startOver('boot 2');
  registry.add(command('b'), false);
  registry.ending('executor.a');
  expect(registry.takeNews()).toBe('R b 77 0 - 5000\n');
  expect(registry.hasUntold).toBe(false);
  registry.release('executor.a', {});
  expect([registry.size, registry.takeNews()]).toEqual([1, '']);
});
