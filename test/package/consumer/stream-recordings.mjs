// A user's program: streams the recordings it is given to a local service, and prints as JSON what came of each.
import { behavioralSignals, chunk, decode, fromFile, resample, toPcm16le } from 'behavioral-signals-rx';
import { startLocalService } from 'behavioral-signals-rx/service';
import { lastValueFrom, tap, toArray } from 'rxjs';

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
