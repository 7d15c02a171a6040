import { type Frame, PROTOCOL_VERSION } from './frame.ts';

/** Frames as lines, each with its number; behind that of output its bytes. */
export class FrameEncoder {
  #next = 0;

  encode(frame: Frame): Uint8Array {
    const head = `{"v":${PROTOCOL_VERSION},"n":${this.#next++},"type":"${frame.type}"`;
    if (frame.type === 'stdout' || frame.type === 'stderr')
      return Buffer.concat([Buffer.from(`${head},"bytes":${frame.data.length}}\n`), frame.data]);
    const { type: _type, ...rest } = frame;
    const fields = JSON.stringify(rest);
    return Buffer.from(fields === '{}' ? `${head}}\n` : `${head},${fields.slice(1)}\n`);
  }
}
