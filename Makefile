# make play   plays the demo game; make test   runs every test.
# The others are for contributors: see CONTRIBUTING.md.

SHELL := bash
.DEFAULT_GOAL := play
.PHONY: play test check vet staticcheck format fix architecture determinism golden builds icebench vulnerabilities bench fuzz tables scoreboard

# Without a display there is no window: a whole match is played all the same,
# by two processes over UDP.
play:
ifeq ($(shell uname)$(DISPLAY)$(WAYLAND_DISPLAY),Linux)
	@echo "There is no display here (DISPLAY and WAYLAND_DISPLAY are empty), so two bots play a match without a window."
	@echo "Building it takes a minute the first time."
	@go run ./game/lilypad/cmd/lilybot -demo
else
	@.ci/need window || echo "Trying all the same."
	@echo "Building the game takes a minute the first time."
	@go run ./game/lilypad
endif

test:
	@.ci/test

check: vet staticcheck format fix architecture determinism golden builds icebench vulnerabilities

vet:
	go vet ./...

staticcheck:
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

format:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi

fix:
	go fix -diff ./...

# Imports are read with go list, which the test cache does not see.
architecture:
	go test -count=1 -run 'ImportDirections|Simulation|Forbidden|EveryPackage' ./rollback

# What would make the games' worlds differ between machines.
determinism:
	@tool=$$(mktemp -d) && trap 'rm -r "$$tool"' EXIT && \
	go build -o "$$tool/detvet" ./rollback/cmd/detvet && go vet -vettool="$$tool/detvet" ./game/... ./examples/...

# Worlds and matches that were recorded once, on every kind of machine.
golden:
	@.ci/golden

# That it compiles for other systems. Nobody runs this, so it need not be fast.
builds:
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -gcflags='all=-N -l' ./...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go build -gcflags='all=-N -l' ./...
	GOOS=js GOARCH=wasm go build ./rollback ./rollback/fixed ./game/lilypad/rules

# A module of its own, for it needs pion/ice, which nothing else here does.
icebench:
	cd netcode/internal/natboard/icebench && go vet ./...

# Needs the network, and says so where it has none.
vulnerabilities:
	@.ci/vulnerabilities

# make bench BENCH=Tick
BENCH ?= .
bench:
	go test -run '^$$' -bench '$(BENCH)' -benchmem ./...

# make fuzz FUZZTIME=2m
FUZZTIME ?= 20s
fuzz:
	@.ci/fuzz $(FUZZTIME)

# The engine beside others: minutes, on a machine that does nothing else.
scoreboard:
	go run ./netcode/cmd/visavis scoreboard -markdown > netcode/internal/scoreboard/TABLE.new
	mv netcode/internal/scoreboard/TABLE.new netcode/internal/scoreboard/TABLE.md

# The scoreboard, and the tables of routers: a simulated one, one with the kernel's own
# routers (ten minutes, as root) and one beside pion/ice (most of an hour, as root).
tables: scoreboard
	go test ./game/lilypad/rules -run TestModelPlayers -table
	go test ./nat -run TestTable -table -runs 50
	go test ./netcode/internal/natboard -run TestTable -table -parallel 3 -timeout 90m
	cd netcode/internal/natboard/icebench && go test -run TestTable -table -parallel 3 -timeout 4h
