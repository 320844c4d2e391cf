# SPDX-License-Identifier: GPL-3.0-or-later
#
# The words to type. The work is done by the scripts in packaging/, tests/ and bench/, which can be called alone.
#
#   make run                         install what is missing, build, start the server on http://127.0.0.1:2283
#   make run PHOTOS=~/Pictures       the same, and back that folder up with proof
#       EMAIL= PASSWORD=             the account to use or to create; asked for where not given
#       DATA=./data LISTEN=127.0.0.1:2283   where photos are kept, where the server listens
#       STAY=yes|no                  keep serving after the backup; default: yes on a terminal
#   make build                       build/ambrotype, build/ambrotype-media, build/ambrotype-video
#   make test [ONLY="fault http"]    all tests, or some parts of them
#   make types                       web/src/api/document.ts anew, from the server's OpenAPI document
#   make bench, make fuzz TIME=60, make format, make lint, make clean

DATA ?= ./data
LISTEN ?= 127.0.0.1:2283
TIME ?= 60

# Handed to the scripts by environment, exactly as typed: not expanded by make (a password may hold a $) and not on any
# command line of theirs, which every user of the machine may read.
override PHOTOS := $(value PHOTOS)
override EMAIL := $(value EMAIL)
override PASSWORD := $(value PASSWORD)
override DATA := $(value DATA)
export PHOTOS EMAIL PASSWORD DATA LISTEN STAY ONLY TIME

.PHONY: run build test types bench fuzz format lint clean
build:
	@packaging/setup build run
	@packaging/build

run: build
	@packaging/run

test:
	@packaging/setup build run test
	@tests/run

# The page is inside of the program, so the program that was built last tells the types, and the next one has them.
types: build
	@build/ambrotype openapi | node web/api-types.mjs >build/document.ts
	@mv build/document.ts web/src/api/document.ts

bench: build
	@packaging/setup bench
	@bench/run

fuzz:
	@packaging/setup build run test
	@fuzz/run

format:
	@packaging/setup test
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

lint:
	@packaging/setup build run test
	@packaging/build
	@run-clang-tidy-14 -quiet -p build 'src/.*\.c$$'

clean:
	rm -rf build build-sanitize build-fuzz web/dist web/node_modules tests/node_modules bench/media/node_modules tests/output
