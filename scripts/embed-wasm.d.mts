import type { Plugin } from 'vite';

export function embedWasm(): Plugin;
