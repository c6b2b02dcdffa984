export function pack(folder: string): Promise<string>;
export function packAndInstall(folder: string): Promise<string>;
export function folderBytes(folder: string): Promise<number>;
export function packageSizes(app: string): Promise<{ name: string; bytes: number }[]>;
