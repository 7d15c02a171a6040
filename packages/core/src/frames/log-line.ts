/** Bytes of a stream in each line but the last one of a block; four thirds of it is well under what container runtimes keep as one line (16 KiB). */
export const LINE_BYTES = 9_000;
/** What a pipe holds at most. */
export const BLOCK_BYTES = 65_536;
export const LINES_A_BLOCK = 8;

/** A line of a log, as `LOG_SCRIPT` writes it. */
export type LogLine =
  | { readonly kind: 'output'; readonly stream: 'stdout' | 'stderr'; readonly at: number; readonly data: Buffer }
  | { readonly kind: 'words'; readonly words: readonly string[] };

const OUTPUT = /^(x?)([oe]) (\d+)\.(\d) ([A-Za-z0-9+/]+={0,2})$/;

/** What a line says; undefined where it is nobody's of that nonce, or was cut or mixed up with another. */
export function parseLogLine(line: string, nonce: string): LogLine | undefined {
  if (!line.startsWith(`${nonce} `)) return undefined;
  const said = line.slice(nonce.length + 1);
  const [, hex, stream, block, index, text = ''] = OUTPUT.exec(said) ?? [];
  if (stream === undefined) return /^(started|refused|lost)( [\w.-]+)*$/.test(said) ? { kind: 'words', words: said.split(' ') } : undefined;
  if (hex ? text.length % 2 !== 0 || /[^0-9a-f]/.test(text) : text.length % 4 !== 0) return undefined;
  return {
    kind: 'output',
    stream: stream === 'o' ? 'stdout' : 'stderr',
    at: Number(block) + (Number(index) - 1) * LINE_BYTES,
    data: Buffer.from(text, hex ? 'hex' : 'base64'),
  };
}
