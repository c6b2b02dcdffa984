import { describe, expect, it } from 'vitest';
import { isInstalled, nodeComplaint } from '../../scripts/ensure-installed.mjs';

describe('what a fresh clone is checked for before anything runs', () => {
  it.each([
    ['v20.19.0', undefined],
    ['v20.20.2', undefined],
    ['v22.0.0', undefined],
    ['v20.18.3', 'This project needs Node 20.19 or newer, and this is Node 20.18.3. Get a newer one from nodejs.org.'],
    ['v18.20.4', 'This project needs Node 20.19 or newer, and this is Node 18.20.4. Get a newer one from nodejs.org.'],
  ])('takes or refuses Node %s', (version, complaint) => {
    expect(nodeComplaint(version, '>=20.19')).toBe(complaint);
  });

  const lock = {
    packages: {
      '': {},
      'node_modules/rxjs': { version: '7.8.2', integrity: 'sha512-rxjs' },
      'node_modules/@esbuild/aix-ppc64': { version: '0.28.2', integrity: 'sha512-aix', optional: true },
    },
  };

  it('is content when everything is there but the packages of other platforms', () => {
    expect(isInstalled(lock, { packages: { 'node_modules/rxjs': { version: '7.8.2', integrity: 'sha512-rxjs' } } })).toBe(true);
  });

  it.each([
    ['is missing', {}],
    ['has another version', { 'node_modules/rxjs': { version: '7.8.1', integrity: 'sha512-rxjs' } }],
    ['has other contents', { 'node_modules/rxjs': { version: '7.8.2', integrity: 'sha512-other' } }],
  ])('installs again when a package %s', (_, packages) => {
    expect(isInstalled(lock, { packages })).toBe(false);
  });
});
