package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
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
	relay := flags.Bool("relay", true, "relay for those who have no direct way")
	flags.IntVar(&server.RelayRate, "relay-rate", 64_000, "`bytes` in a second each way of a relay session")
	flags.IntVar(&server.RelayTotal, "relay-total", 8_000_000, "`bytes` in a second of all relay sessions together")
	flags.IntVar(&server.MaxRelays, "max-relays", 256, "relay sessions at a time")
	flags.IntVar(&server.MaxLobbies, "max-lobbies", 10_000, "lobbies at a time")
	flags.IntVar(&server.MaxGuests, "max-guests", 16, "guests of one lobby at a time")
	flags.IntVar(&server.MaxOfferBytes, "max-offer-bytes", 32<<20, "`bytes` of memory for sealed offers")
	flags.IntVar(&server.MaxPerSource, "max-per-source", 64, "lobbies, guests and relay ends of one IPv4 address or IPv6 /64")
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
	if *verbose {
		config.Report = func(s rendezvous.Stats) { lines.Encode(counts{"counts", s}) }
	}
	udp, tcp, err := open(*listen)
	if err != nil {
		return err
	}
	if err := lines.Encode(listening{"listening", udp.LocalAddr().String()}); err != nil {
		udp.Close()
		tcp.Close()
		return err
	}
	return rendezvous.Serve(ctx, config, udp, tcp)
}

// listening says that the server can be reached now.
type listening struct {
	Event string `json:"event"`
	Addr  string `json:"addr"`
}

// counts are what it holds, and has done since its start.
type counts struct {
	Event string `json:"event"`
	rendezvous.Stats
}

// open listens on the same port of UDP and TCP. Any free port of the one may be
// taken on the other, so then it tries a few.
func open(listen string) (*net.UDPConn, net.Listener, error) {
	addr, err := net.ResolveUDPAddr("udp", listen)
	if err != nil {
		return nil, nil, fmt.Errorf("-listen %s is no address such as :3478 or 192.0.2.1:3478: %w", listen, err)
	}
	for try := 1; ; try++ {
		udp, err := net.ListenUDP("udp", addr)
		if err != nil {
			return nil, nil, cannot("UDP", listen, err)
		}
		tcp, err := net.Listen("tcp", (&net.TCPAddr{IP: addr.IP, Zone: addr.Zone, Port: udp.LocalAddr().(*net.UDPAddr).Port}).String())
		if err == nil {
			return udp, tcp, nil
		}
		udp.Close()
		if addr.Port != 0 || try == 10 {
			return nil, nil, cannot("TCP", listen, err)
		}
	}
}

func cannot(network, listen string, err error) error {
	advice := "choose another address with -listen"
	if errors.Is(err, syscall.EADDRINUSE) {
		advice = "another program has this port: stop it or choose another port with -listen"
	}
	return fmt.Errorf("cannot listen on %s %s: %w: %s", network, listen, err, advice)
}
