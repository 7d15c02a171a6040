import { expect, test } from 'vitest';
import { reasonOf } from './job-fields.ts';

test('a reason holds nothing that a terminal would obey, whatever a target said', () => {
  expect(reasonOf({ ok: false, reason: 'the daemon says: \u001b[2Jgone\u009b' })).toBe('the daemon says: ␛[2Jgone␛[');
  expect(reasonOf({ ok: true, reason: 'processes that it had left running were ended' })).toMatch(/ended\. To keep something running, /);
  expect(reasonOf({ ok: true })).toBeUndefined();
});
