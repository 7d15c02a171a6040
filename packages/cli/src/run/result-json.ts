import { isUtf8 } from 'node:buffer';
import type { ExecResult, Output } from '@errand/core';

/** A result as one JSON object. Output that is not UTF-8 also comes whole, in base64. */
export function resultToJson(result: ExecResult): object {
  return { ...result, stdout: outputToJson(result.stdout), stderr: outputToJson(result.stderr) };
}

function outputToJson(output: Output): object {
  const { totalBytes, omittedBytes, text } = output;
  if (isUtf8(output.head) && isUtf8(output.tail)) return { totalBytes, omittedBytes, text };
  const base64 =
    omittedBytes === 0 ? { base64: encode(output.bytes) } : { headBase64: encode(output.head), tailBase64: encode(output.tail) };
  return { totalBytes, omittedBytes, text, ...base64 };
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
