import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Test files that take longest, from the slowest on. */
const SLOWEST = [
  'test/benchmarks/quick-run.test.ts',
  'test/chaos/chaos.test.ts',
  'test/service/jobs/kill.test.ts',
  'test/package/packed-library.test.ts',
  'test/grpc/unanswered-speech.test.ts',
  'test/chaos/soak.test.ts',
  'test/cli/stream.test.ts',
  'test/cli/exit-codes.test.ts',
  'test/cli/batch.test.ts',
  'test/docs/readme.test.ts',
];

/** Runs the slowest tests first: one that begins last has all others wait for it, on one processor of several. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = SLOWEST.findIndex((slow) => moduleId.endsWith(slow));
      return index === -1 ? SLOWEST.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
