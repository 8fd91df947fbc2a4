export function releaseUnreleased(changelog: string, version: string, date: string): string;
