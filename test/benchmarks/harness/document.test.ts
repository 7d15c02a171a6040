import { describe, expect, it } from 'vitest';
import { withResults } from './document.ts';

describe('the page of results', () => {
  it('gets a section at its end for a suite that it does not have', () => {
    expect(withResults('# Page\n', 'local', 'new')).toBe('# Page\n\n## local\n\n<!-- local -->\nnew\n<!-- /local -->\n');
  });

  it('keeps everything outside of the marks when a section is renewed', () => {
    const page = 'a\n<!-- local -->\nold\n<!-- /local -->\nb\n<!-- ssh -->\nssh\n<!-- /ssh -->\n';
    expect(withResults(page, 'local', 'new')).toBe(page.replace('old', 'new'));
  });
});
