const END_OF_DIRECTORY = 0x06054b50;
const IN_DIRECTORY = 0x02014b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const IS_ZIP64 = 0xffffffff;

/**
 * How large a ZIP archive says that its files are together, read from its directory alone. The reader of spreadsheets
 * unpacks no file beyond its size there, so that a few kilobytes cannot become gigabytes.
 * @returns bytes; undefined when it is no archive, or one whose directory does not tell
 */
export function unpackedSize(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfDirectory(view);
  if (end === undefined) return undefined;
  const files = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let file = 0; file < files; file += 1) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== IN_DIRECTORY) return undefined;
    const packed = view.getUint32(at + 20, true);
    const unpacked = view.getUint32(at + 24, true);
    const isEmpty = packed === 0 && unpacked === 0;
    if (packed === IS_ZIP64 || unpacked === IS_ZIP64 || (!isEmpty && (packed === 0 || unpacked === 0)))
      return undefined;
    // An empty file whose size stands behind it, not in the directory: it tells nothing.
    const sizeFollows = (view.getUint16(at + 8, true) & 8) !== 0;
    if (isEmpty && sizeFollows) return undefined;
    total += unpacked;
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return total;
}

function endOfDirectory(view: DataView): number | undefined {
  const earliest = Math.max(0, view.byteLength - END_BYTES - LONGEST_COMMENT);
  for (let at = view.byteLength - END_BYTES; at >= earliest; at -= 1) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  }
  return undefined;
}
