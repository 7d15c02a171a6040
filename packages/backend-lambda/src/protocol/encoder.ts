import { type Frame, PROTOCOL_VERSION } from './frame.ts';

/** Frames as lines, each with its number. */
export class FrameEncoder {
  #next = 0;

  encode(frame: Frame): string {
    const head = `{"v":${PROTOCOL_VERSION},"n":${this.#next++},"type":"${frame.type}"`;
    // Base64 needs no escapes, so that JSON need not look for them in what may be much.
    if (frame.type === 'stdout' || frame.type === 'stderr') return `${head},"data":"${toBase64(frame.data)}"}\n`;
    const { type: _type, ...rest } = frame;
    const fields = JSON.stringify(rest);
    return fields === '{}' ? `${head}}\n` : `${head},${fields.slice(1)}\n`;
  }
}

export function toBase64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
