import type { ShownPage } from '../jobs/output/text-page.ts';

/** What a model is told of a page besides where it is, and the page itself. */
export function pageLines({ data, invalidUtf8, hadControls }: ShownPage, encoding: 'text' | 'base64'): string[] {
  return [
    ...(invalidUtf8 ? ['not UTF-8: faults are shown as U+FFFD; encoding base64 gives the bytes'] : []),
    ...(hadControls ? ['control characters are shown as pictures; encoding base64 gives the bytes'] : []),
    data === '' ? 'data: empty' : `data${encoding === 'base64' ? ' (base64)' : ''}:\n${data.endsWith('\n') ? data.slice(0, -1) : data}`,
  ];
}
