import { BehavioralSignalsError } from './behavioral-signals-error.js';

/** An optional package that is needed for what was asked is not installed, or doesn't load; `cause` says which. */
export class PackageError extends BehavioralSignalsError {
  /** The package's name. */
  readonly packageName: string;

  constructor(needing: string, packageName: string, cause: unknown) {
    super(
      'PACKAGE_MISSING',
      `${needing} needs the package ${packageName}, which could not be loaded. Install it: npm install ${packageName}`,
      { cause },
    );
    this.packageName = packageName;
  }
}
