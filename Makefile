# Every target first makes sure that the runtime and the libraries of package-lock.json are there; Node 20, npm and make are
# enough for that. The programs themselves run on the pinned runtime in node_modules/.bin.

.POSIX:
.PHONY: help run test check build bench install clean modules

PORT = 2525
PREFIX = /var/jsmail
NODE = node_modules/.bin/node --disable-warning=ExperimentalWarning --v8-pool-size=0

help:
	@echo 'make run       a working mail system in ./run, in the foreground (PORT=2525)'
	@echo 'make test      every test that can run here (ONLY=path for some of them)'
	@echo 'make check     types, lint, format, import directions, manual against code'
	@echo 'make build     bundle the programs into .build/'
	@echo 'make bench     speed beside Postfix (WORKLOADS="W1c W1d W2", ROUNDS=3); takes minutes'
	@echo 'make install   put the programs and a home under PREFIX=/var/jsmail'
	@echo 'make clean     remove .build/ and .cache/; run/ with its mail stays'

run: modules
	@exec $(NODE) scripts/run.ts $(PORT)

test: modules
	@exec $(NODE) scripts/test.ts $(ONLY)

check: modules
	@exec $(NODE) scripts/check.ts

build: modules
	@exec $(NODE) scripts/build.ts

bench: modules
	@exec $(NODE) scripts/bench/bench.ts

install: modules
	@exec $(NODE) scripts/install.ts '$(PREFIX)'

clean:
	rm -rf .build .cache

modules:
	@sh scripts/modules.sh
