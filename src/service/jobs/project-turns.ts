/** Submissions that wait, of one project and as often begun; the oldest first. */
export interface WaitingJobs {
  readonly cid: string;
  /** How often a job for them was begun, and cut short. */
  readonly attempts: number;
}

/** A recording that was cut short so often is worked on alone: should it end the service, it takes no other with it. */
const ALONE_FROM_ATTEMPTS = 2;
/** So many others go before one that was cut short. */
const OTHERS_BEFORE_SUSPECT = 16;

/**
 * Says whose turn it is: each project in turn, however much it has submitted, and none with more jobs at a time than it may have.
 *
 * What was cut short before comes after what was not, but not never: it may be what ended the service.
 */
export class ProjectTurns {
  readonly #maxJobsPerProject: number;
  readonly #running = new Map<string, number>();
  /** For each project, the number of its last turn. */
  readonly #lastTurn = new Map<string, number>();
  #turns = 0;
  #sinceSuspect = 0;
  #isAlone = false;

  constructor(maxJobsPerProject: number) {
    this.#maxJobsPerProject = maxJobsPerProject;
  }

  /** Of what waits, what is to be begun now; undefined for nothing. */
  next(waiting: readonly WaitingJobs[]): WaitingJobs | undefined {
    if (this.#isAlone) return undefined;
    const open = waiting.filter(({ cid }) => (this.#running.get(cid) ?? 0) < this.#maxJobsPerProject);
    const fresh = open.filter(({ attempts }) => attempts === 0);
    const suspects = open.filter(({ attempts }) => attempts > 0);
    const isSuspectsTurn = fresh.length === 0 || this.#sinceSuspect >= OTHERS_BEFORE_SUSPECT;
    const candidates = isSuspectsTurn && suspects.length > 0 ? suspects : fresh;
    const turnOf = ({ cid }: WaitingJobs) => this.#lastTurn.get(cid) ?? 0;
    const [next] = candidates.toSorted((a, b) => turnOf(a) - turnOf(b) || a.attempts - b.attempts);
    // Nothing else is begun until those at work are done.
    return next && isDangerous(next) && this.#running.size > 0 ? undefined : next;
  }

  /** The job was begun. */
  begun(job: WaitingJobs): void {
    this.#turns += 1;
    this.#lastTurn.set(job.cid, this.#turns);
    this.#running.set(job.cid, (this.#running.get(job.cid) ?? 0) + 1);
    this.#sinceSuspect = job.attempts > 0 ? 0 : this.#sinceSuspect + 1;
    this.#isAlone = isDangerous(job);
  }

  /** A job of a project is over. */
  ended(cid: string): void {
    const left = (this.#running.get(cid) ?? 1) - 1;
    if (left > 0) this.#running.set(cid, left);
    else this.#running.delete(cid);
    this.#isAlone = false;
  }
}

function isDangerous({ attempts }: WaitingJobs): boolean {
  return attempts >= ALONE_FROM_ATTEMPTS;
}
