import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { lastValueFrom, take, toArray } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { findFfmpeg, fromMicrophone, listMicrophones } from '../../src/index.js';
import { microphoneBackends, parseDevices } from '../../src/process/index.js';
import { fakeFfmpeg } from '../process/fake-ffmpeg.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'microphone-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const floats = (ms: number) => `process.stdout.write(Buffer.alloc(${16 * ms} * 4))`;
const backendIs = (name: string) => `process.argv[process.argv.indexOf('-f') + 1] === '${name}'`;

describe('a microphone', () => {
  it('is recorded through the first backend that brings audio, live', async () => {
    const script = `if (${backendIs('pulse')}) { process.stderr.write('default: Connection refused\\n'); process.exitCode = 1; }
      else { ${floats(500)}; setInterval(() => {}, 1000); }`;
    const options = { ffmpegPath: fakeFfmpeg(folder, script) };
    const chunks = await lastValueFrom(fromMicrophone(options).pipe(take(3), toArray()));
    expect(chunks.map(({ timing }) => timing.position)).toEqual([0, 1600, 3200]);
    expect(chunks[0]!.format).toEqual({ encoding: 'float32', channels: 1, sampleRate: 16_000 });
    expect(chunks[0]!.timing.capturedAtMs).toBeGreaterThan(0);
  });

  it('is given to ffmpeg by its name, and whatever ffmpeg makes of it is audio', async () => {
    const args = path.join(folder, 'args');
    const { path: real } = findFfmpeg();
    const tone = ['-v', 'error', '-f', 'lavfi', '-i', 'sine=440:r=16000:d=1', '-f', 'f32le', '-'];
    const script = `require('fs').writeFileSync(${JSON.stringify(args)}, JSON.stringify(process.argv));
      require('child_process').spawn(${JSON.stringify(real)}, ${JSON.stringify(tone)}, { stdio: 'inherit' });`;
    const microphone$ = fromMicrophone({
      ffmpegPath: fakeFfmpeg(folder, script),
      device: 'hw:1',
      backend: 'alsa',
      restart: false,
    });
    const chunks = await lastValueFrom(microphone$.pipe(toArray()));
    expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBe(16_000);
    expect(chunks.some(({ data }) => data[0]!.some((sample) => sample > 0.1))).toBe(true);
    expect(readFileSync(args, 'utf8')).toContain('"-f","alsa","-i","hw:1"');
  });

  it('is opened again when it was unplugged, with the time lost as a jump', async () => {
    const script = `${floats(10)}; process.exitCode = 1;`;
    const options = { ffmpegPath: fakeFfmpeg(folder, script), restart: { initialDelayMs: 1 }, events: { next: () => {} } };
    const chunks = await lastValueFrom(fromMicrophone(options).pipe(take(2), toArray()));
    expect(chunks[1]!.timing.skipped).toBe('dropped');
    expect(chunks[1]!.timing.position).toBeGreaterThan(160);
  });

  it('that can not be opened is an error that says what to do', async () => {
    const script = `process.stderr.write('default: no such device\\n'); process.exitCode = 1;`;
    const error = (await lastValueFrom(fromMicrophone({ ffmpegPath: fakeFfmpeg(folder, script) })).catch(
      (thrown) => thrown,
    )) as Error;
    expect(error).toMatchObject({ code: 'MICROPHONE_UNAVAILABLE' });
    for (const backend of microphoneBackends(process.platform))
      expect(error.message).toContain(`${backend}: ffmpeg (microphone) failed`);
    expect(error.message).toContain('no such device');
    expect(error.message).toContain('What to do');
    expect(error.message).toContain('listMicrophones()');
    await expect(lastValueFrom(fromMicrophone({ ffmpegPath: '/nowhere' }))).rejects.toMatchObject({ code: 'FFMPEG_NOT_FOUND' });
  });

  it('checks its options at once', () => {
    for (const options of [{ backend: 'lavfi' }, { device: '' }, { sampleRate: 1 }, { restart: { maxAttempts: 0 } }]) {
      expect(() => fromMicrophone(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    }
  });
});

describe('the list of microphones', () => {
  it('is what ffmpeg says on each platform', () => {
    expect(
      parseDevices(
        'pulse',
        'Auto-detected sources for pulse:\n* alsa_input.pci [Built-in Audio] (none)\n  usb.mono [Headset [2]]\n',
      ),
    ).toEqual([
      { id: 'alsa_input.pci', name: 'Built-in Audio', backend: 'pulse', isDefault: true },
      { id: 'usb.mono', name: 'Headset [2]', backend: 'pulse', isDefault: false },
    ]);
    const alsa =
      'Auto-detected sources for alsa:\n  null [Discard all samples (playback) or generate zero samples (capture)] (none)\n* hw:0 [Headset] (none)\n';
    expect(parseDevices('alsa', alsa)).toEqual([{ id: 'hw:0', name: 'Headset', backend: 'alsa', isDefault: true }]);
    const mac =
      '[AVFoundation indev @ 0x7] AVFoundation video devices:\n[AVFoundation indev @ 0x7] [0] FaceTime\n[AVFoundation indev @ 0x7] AVFoundation audio devices:\n[AVFoundation indev @ 0x7] [0] MacBook Microphone\n';
    expect(parseDevices('avfoundation', mac)).toEqual([
      { id: '0', name: 'MacBook Microphone', backend: 'avfoundation', isDefault: false },
    ]);
    const windows =
      '[dshow @ 01] "Camera" (video)\r\n[dshow @ 01]   Alternative name "@device_pnp_x"\r\n[dshow @ 01] "Microphone (Realtek)" (audio)\r\n';
    const older =
      '[dshow @ 01] DirectShow video devices\n[dshow @ 01]  "Camera"\n[dshow @ 01] DirectShow audio devices\n[dshow @ 01]  "Microphone (Realtek)"\n';
    for (const text of [windows, older]) {
      expect(parseDevices('dshow', text).map(({ id }) => id)).toEqual(['Microphone (Realtek)']);
    }
    for (const backend of ['pulse', 'alsa', 'avfoundation', 'dshow'] as const)
      expect(parseDevices(backend, 'Unknown input format')).toEqual([]);
  });

  it('is asked for backend by backend', async () => {
    const script = `console.log('* ' + process.argv.at(-1) + '.mic [A microphone]')`;
    const found = await listMicrophones({ ffmpegPath: fakeFfmpeg(folder, script), backend: 'alsa' });
    expect(found).toEqual([{ id: 'alsa.mic', name: 'A microphone', backend: 'alsa', isDefault: true }]);
    expect([microphoneBackends('linux'), microphoneBackends('darwin'), microphoneBackends('win32')]).toEqual([
      ['pulse', 'alsa'],
      ['avfoundation'],
      ['dshow'],
    ]);
  });
});
