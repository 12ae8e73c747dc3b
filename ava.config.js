export default {
  files: ['{protocol,certs,daemon,drivers,native,conformance}/**/*.test.ts'],
  extensions: ['ts'],
  workerThreads: false,
  timeout: '120s',
  environmentVariables: { NODE_NO_WARNINGS: '1' },
};
