export function sourceFileComplaints(folder: string): Promise<string[]>;
