package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp), errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "rendezvous: %v\n", err)
		os.Exit(1)
	}
}

// errUsage: the flags were wrong, and the flag package has said how.
var errUsage = errors.New("wrong usage")

// run serves until ctx ends. Lines of JSON go to out, words to words.
func run(ctx context.Context, args []string, out, words io.Writer) error {
	flags := flag.NewFlagSet("rendezvous", flag.ContinueOnError)
	flags.SetOutput(words)
	var config rendezvous.ServeConfig
	server := &config.Server
	listen := flags.String("listen", ":3478", "UDP and TCP `address` to listen on; port 0 takes any")
	second := flags.String("second", "next", "UDP `address` that answers STUN besides: \"next\" is the next port, \"none\" is none")
	relay := flags.Bool("relay", true, "relay for those who have no direct way")
	flags.IntVar(&server.RelayRate, "relay-rate", 64_000, "`bytes` in a second each way of a relay session")
	flags.IntVar(&server.RelayTotal, "relay-total", 8_000_000, "`bytes` in a second of all relay sessions together")
	flags.IntVar(&server.MaxRelays, "max-relays", 256, "relay sessions at a time")
	flags.IntVar(&server.MaxLobbies, "max-lobbies", 10_000, "lobbies at a time")
	flags.IntVar(&server.MaxGuests, "max-guests", 16, "guests of one lobby at a time")
	flags.IntVar(&server.MaxOfferBytes, "max-offer-bytes", 32<<20, "`bytes` of memory for sealed offers")
	flags.IntVar(&server.MaxPerSource, "max-per-source", 256, "lobbies, guests and relay ends of one IPv4 address or IPv6 /64")
	flags.Var(halls{&server.Halls}, "hall", "`PREFIX=N`: so many instead from a network that you know; may be given several times")
	flags.IntVar(&config.MaxStreams, "max-streams", 1024, "TCP connections at a time")
	verbose := flags.Bool("v", false, "print counts each minute")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(words, "rendezvous takes no arguments besides flags: what is %q?\n", flags.Arg(0))
		return errUsage
	}
	server.Rand = rand.Reader
	server.NoRelay = !*relay
	if err := server.Validate(); err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	config.Notice = func(n rendezvous.Notice) { lines.Encode(newNotice(n)) }
	if *verbose {
		config.Report = func(s rendezvous.Stats) { lines.Encode(counts{"counts", s}) }
	}
	s, err := open(*listen, *second, words)
	if err != nil {
		return err
	}
	said := listening{Event: "listening", Addr: s.udp.LocalAddr().String()}
	if s.second != nil {
		said.Second = s.second.LocalAddr().String()
		config.Second, server.Second = s.second, s.announced()
	}
	if err := lines.Encode(said); err != nil {
		s.close()
		return err
	}
	return rendezvous.Serve(ctx, config, s.udp, s.tcp)
}

// listening says that the server can be reached now.
type listening struct {
	Event  string `json:"event"`
	Addr   string `json:"addr"`
	Second string `json:"second,omitempty"`
}

// counts are what it holds, and has done since its start.
type counts struct {
	Event string `json:"event"`
	rendezvous.Stats
}
