interface Lock {
  packages: Record<string, { version?: string; integrity?: string; optional?: boolean; devOptional?: boolean } | undefined>;
}

export const root: string;
export function nodeComplaint(version: string, range: string): string | undefined;
export function isInstalled(lock: Lock, installed: Lock): boolean;
export function runQuietly(command: string, args: string[]): Promise<{ code: number | null; printed: string }>;
export function ensureInstalled(): Promise<void>;
