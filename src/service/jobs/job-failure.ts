/** Why a job can't be done: its message is a plain sentence for whoever submitted the recording, and tells nothing of the service's insides. */
export class JobFailure extends Error {}
