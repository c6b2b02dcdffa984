import type { Container } from '../../audio/sniff/index.js';

/** What files with these extensions hold, as far as their name is to be believed. */
const CONTAINERS: Readonly<Record<string, Container>> = {
  wav: 'wav',
  wave: 'wav',
  mp3: 'mp3',
  ogg: 'ogg',
  oga: 'ogg',
  opus: 'ogg',
  spx: 'ogg',
  flac: 'flac',
  m4a: 'mp4',
  mp4: 'mp4',
  webm: 'matroska',
  mka: 'matroska',
  mkv: 'matroska',
  aif: 'aiff',
  aiff: 'aiff',
  aifc: 'aiff',
  au: 'au',
  caf: 'caf',
  w64: 'w64',
  amr: 'amr',
  aac: 'aac',
  wma: 'asf',
};

/** The container that a name's extension promises, when it isn't the one that was found. */
export function promisedContainer(name: string, found: Container): Container | undefined {
  const extension = /\.([a-z0-9]{2,4})$/i.exec(name)?.[1]?.toLowerCase();
  const promised = extension === undefined ? undefined : CONTAINERS[extension];
  return promised === found ? undefined : promised;
}
