export default {
  files: ['{protocol,daemon,drivers,native,conformance}/**/*.test.ts'],
  extensions: ['ts'],
  workerThreads: false,
  timeout: '120s',
  environmentVariables: { NODE_NO_WARNINGS: '1' },
};
