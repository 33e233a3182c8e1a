"""The compiled parts of the hashes, one module a kernel: importing a module compiles it."""
