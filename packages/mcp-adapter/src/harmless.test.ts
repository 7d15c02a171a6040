import { expect, test } from 'vitest';
import { harmless } from './harmless.ts';

test('text is left as it is, with its tabs and ends of lines', () => {
  const text = 'a\tb\r\nc\n\uFEFFé€😀 ␛';
  expect(harmless(text)).toEqual({ text, hadControls: false });
});

test('what a terminal would obey is shown as a picture of it', () => {
  expect(harmless('\x1b[31mred\x1b]0;title\x07\x00\x7f')).toEqual({ text: '␛[31mred␛]0;title␇␀␡', hadControls: true });
  expect(harmless('10%\r20%\r\n').text).toBe('10%␍20%\r\n');
  // C1: the same orders in one character.
  expect(harmless('\u009b31m').text).toBe('␛[31m');
});

test('no control is left, whatever comes', () => {
  const all = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join('');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  expect(harmless(all).text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
});
