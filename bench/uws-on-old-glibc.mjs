// uWebSockets.js needs glibc 2.38, for three functions that parse numbers as in C23. With an older one, a measurement is
// possible with a modified copy: its requirement for that version is marked as weak, and a library with
// the three functions is loaded first. Do not run a server like that. The report says where it was done.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('build', import.meta.url));
const installed = fileURLToPath(new URL('node_modules/@btc-vision/uwebsockets.js', import.meta.url));
const SHIM = `
#include <stdlib.h>
long __isoc23_strtol(const char *s, char **e, int b) { return strtol(s, e, b); }
unsigned long __isoc23_strtoul(const char *s, char **e, int b) { return strtoul(s, e, b); }
unsigned long long __isoc23_strtoull(const char *s, char **e, int b) { return strtoull(s, e, b); }
long long __isoc23_strtoll(const char *s, char **e, int b) { return strtoll(s, e, b); }
int __isoc23_sscanf(const char *s, const char *f, ...) { __builtin_va_list a; __builtin_va_start(a, f);
  extern int vsscanf(const char *, const char *, __builtin_va_list); int n = vsscanf(s, f, a); __builtin_va_end(a); return n; }
`;
const SHT_GNU_VERNEED = 0x6ffffffe;
const WEAK = 2; // VER_FLG_WEAK

/** The environment for a process that loads the copy; null if the copy cannot be made. */
export function uwsEnvironment() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  try {
    const shim = join(build, 'isoc23.so');
    const copy = join(build, `uws_linux_x64_${process.versions.modules}.node`);
    mkdirSync(dirname(shim), { recursive: true });
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-x', 'c', '-o', shim, '-'], { input: SHIM });
    const binary = readFileSync(join(installed, `uws_linux_x64_${process.versions.modules}.node`));
    weaken(binary, 'GLIBC_2.38');
    writeFileSync(copy, binary);
    return { LD_PRELOAD: shim, TICKPEER_BENCH_UWS: copy };
  } catch {
    return null;
  }
}

/** Marks the requirement for one version of a library as weak, in an ELF file of 64 bits (gabi, "Symbol Versioning"). */
function weaken(elf, version) {
  const sections = Number(elf.readBigUInt64LE(0x28));
  const size = elf.readUInt16LE(0x3a);
  for (let index = 0; index < elf.readUInt16LE(0x3c); index++) {
    const section = sections + index * size;
    if (elf.readUInt32LE(section + 4) !== SHT_GNU_VERNEED) continue;
    const link = sections + elf.readUInt32LE(section + 0x28) * size;
    const strings = Number(elf.readBigUInt64LE(link + 0x18));
    const isWanted = (offset) =>
      elf.toString('latin1', strings + offset, strings + offset + version.length + 1) === `${version}\0`;
    let need = Number(elf.readBigUInt64LE(section + 0x18));
    for (let left = elf.readUInt32LE(section + 0x2c); left > 0; left--) {
      let entry = need + elf.readUInt32LE(need + 8);
      for (let count = elf.readUInt16LE(need + 2); count > 0; count--) {
        if (isWanted(elf.readUInt32LE(entry + 8))) elf.writeUInt16LE(elf.readUInt16LE(entry + 4) | WEAK, entry + 4);
        entry += elf.readUInt32LE(entry + 12);
      }
      need += elf.readUInt32LE(need + 12);
    }
  }
}
