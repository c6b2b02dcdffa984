import { BehavioralSignalsError } from './behavioral-signals-error.js';

/** An optional package that is needed for what was asked is not installed, or doesn't load; `cause` says which. */
export class PackageError extends BehavioralSignalsError {
  /** The package's name. */
  readonly packageName: string;

  /** @param install What to install; more than the package itself where it is no use alone. */
  constructor(needing: string, packageName: string, cause: unknown, install = packageName) {
    super(
      'PACKAGE_MISSING',
      `${needing} needs the package ${packageName}, which could not be loaded. Install it: npm install ${install}`,
      { cause },
    );
    this.packageName = packageName;
  }
}
