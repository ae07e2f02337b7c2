// `npm run pack:contract -- [folder]`: makes the package that an author of a processor installs.
//
// 1. Compile libs/contracts, libs/processor-kit and libs/processor-conformance, with their types.
// 2. Names that only this repository resolves (@trm/…) become relative ones.
// 3. The JSON Schemas, from the payload classes as they are compiled.
// 4. `npm pack` into the folder, by default that of the package.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const CLONE = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = join(CLONE, 'packages/processor-contract');
const DIST = join(PACKAGE, 'dist');
const SCHEMAS = join(PACKAGE, 'schemas');
const LIBS = ['contracts', 'processor-kit', 'processor-conformance'];
const MAIN = join(DIST, 'processor-conformance/src/main.js');
const PAYLOADS = {
  'recompute-job': 'RecomputeJob',
  'stage-opened': 'StageOpened',
  'start-list-changed': 'StartListChanged',
};

checkVersions();
for (const made of [DIST, SCHEMAS]) rmSync(made, { recursive: true, force: true });
compile();
rename();
await writeSchemas();
const folder = resolve(process.argv[2] ?? PACKAGE);
mkdirSync(folder, { recursive: true });
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: PACKAGE,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }),
);
process.stdout.write(`${join(folder, packed.filename)}\n`);

/** The package is tried with the versions of the repository, so it names the same ones. */
function checkVersions() {
  const own = readJson(join(PACKAGE, 'package.json')).dependencies;
  const { dependencies, devDependencies } = readJson(join(CLONE, 'package.json'));
  for (const [name, version] of Object.entries(own)) {
    const ours = dependencies[name] ?? devDependencies[name];
    if (ours !== version)
      throw new Error(`The package depends on ${name} ${version}, the repository on ${ours}.`);
  }
}

function compile() {
  const { config } = ts.readConfigFile(join(CLONE, 'tsconfig.build.json'), (file) =>
    readFileSync(file, 'utf8'),
  );
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    {
      ...config,
      compilerOptions: {
        ...config.compilerOptions,
        rootDir: 'libs',
        outDir: DIST,
        declaration: true,
        sourceMap: false,
      },
      include: LIBS.map((lib) => `libs/${lib}/src`),
    },
    ts.sys,
    CLONE,
  );
  const program = ts.createProgram(fileNames, options);
  const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (problems.length > 0) {
    throw new Error(
      ts.formatDiagnostics(problems, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => CLONE,
        getNewLine: () => '\n',
      }),
    );
  }
}

function rename() {
  const compiled = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(js|d\.ts)$/.test(name),
  );
  for (const file of compiled.map((name) => join(DIST, name))) {
    const text = readFileSync(file, 'utf8').replace(/'@trm\/([\w-]+)'/g, (_, lib) => {
      if (!LIBS.includes(lib)) throw new Error(`${file} needs @trm/${lib}, which is not in the package.`);
      const path = relative(dirname(file), join(DIST, lib, 'src/index.js'));
      return `'${path.startsWith('.') ? path : `./${path}`}'`;
    });
    writeFileSync(file, text);
  }
  for (const name of ['index.js', 'index.d.ts']) {
    writeFileSync(
      join(DIST, name),
      ['contracts', 'processor-kit'].map((lib) => `export * from './${lib}/src/index.js';\n`).join(''),
    );
  }
  chmodSync(MAIN, 0o755);
}

async function writeSchemas() {
  const contract = await import(pathToFileURL(join(DIST, 'index.js')).href);
  mkdirSync(SCHEMAS);
  for (const [file, name] of Object.entries(PAYLOADS)) {
    const schema = contract.payloadSchema(contract[name]);
    writeFileSync(join(SCHEMAS, `${file}.v1.json`), `${JSON.stringify(schema, null, 2)}\n`);
  }
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
