// The same program as stream-recordings.mjs, in CommonJS.
const { behavioralSignals, chunk, decode, fromFile, resample, toPcm16le } = require('behavioral-signals-rx');
const { startLocalService } = require('behavioral-signals-rx/service');
const { lastValueFrom, tap, toArray } = require('rxjs');

async function stream(file, connection) {
  let samples = 0;
  const predictions = fromFile(file).pipe(
    decode(),
    resample(16_000),
    toPcm16le(),
    chunk(250),
    tap((sent) => {
      samples += sent.length;
    }),
    behavioralSignals({ level: 'all', ...connection }),
    toArray(),
  );
  return { predictions: await lastValueFrom(predictions), sentMs: samples / 16 };
}

async function main() {
  const service = await startLocalService({ port: 0 });
  try {
    const outcomes = [];
    for (const file of process.argv.slice(2)) outcomes.push(await stream(file, service.connection));
    console.log(JSON.stringify(outcomes));
  } finally {
    await service.close();
  }
}

main();
