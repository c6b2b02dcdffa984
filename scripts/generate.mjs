// `npm run generate`: writes everything that is derived from something else. With --check it changes nothing and fails where that is stale.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

for (const script of ['generate-proto.mjs', 'generate-model-card.mjs']) {
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, script), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
