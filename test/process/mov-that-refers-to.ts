/**
 * Makes a QuickTime file whose one track, 8 kHz mono 16-bit, has its samples in another file, named by a Macintosh alias record
 * (QuickTime File Format Specification, "Data reference atoms").
 */
export function movThatRefersTo(file: string): Buffer {
  const samples = 100_000;
  const sampleDescription = atom('sowt', Buffer.alloc(6), u16(1), u16(0, 0), u32(0), u16(1, 16, 0, 0), u32(8000 << 16));
  const sampleTable = atom(
    'stbl',
    atom('stsd', u32(0, 1), sampleDescription),
    atom('stts', u32(0, 1, samples, 1)),
    atom('stsc', u32(0, 1, 1, samples, 1)),
    atom('stsz', u32(0, 2, samples)),
    atom('stco', u32(0, 1, 0)),
  );
  const reference = atom('dref', u32(0, 1), atom('alis', u32(0), alias(file)));
  const media = atom('minf', atom('smhd', Buffer.alloc(8)), atom('dinf', reference), sampleTable);
  const handler = atom('hdlr', Buffer.alloc(4), Buffer.from('mhlrsoun'), Buffer.alloc(13));
  const track = atom(
    'trak',
    atom('tkhd', u32(7, 0, 0, 1, 0, 1000), Buffer.alloc(60)),
    atom('mdia', atom('mdhd', u32(0, 0, 0, 8000, samples), u16(0, 0)), handler, media),
  );
  const movie = atom('moov', atom('mvhd', u32(0, 0, 0, 1000, 1000, 0x10000), u16(0x100), Buffer.alloc(74)), track);
  return Buffer.concat([atom('ftyp', Buffer.from('qt  \0\0\0\0qt  ')), movie, atom('mdat', Buffer.alloc(64))]);
}

/** An alias record with no relative path (levels -1) and the absolute one, tag 2. */
function alias(file: string): Buffer {
  const path = Buffer.from(file.length % 2 ? `${file}\0` : file);
  const name = Buffer.alloc(64);
  name[0] = 6;
  name.write('secret', 1);
  return Buffer.concat([
    ...[Buffer.alloc(10), Buffer.alloc(28), Buffer.alloc(12), name, Buffer.alloc(16)],
    ...[u16(0xffff, 0xffff), Buffer.alloc(16), u16(2, path.length), path, u16(0xffff, 0)],
  ]);
}

function atom(type: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(body.length + 8), Buffer.from(type), body]);
}

function u16(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 255])));
}

function u32(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255])));
}
