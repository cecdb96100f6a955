package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/nat/turn"
	"github.com/visavis-netcode/visavis/netcode"
)

// What the process exits with.
const (
	exitAgreed      = 0
	exitUsage       = 2
	exitNoConnect   = 3
	exitDesync      = 4
	exitLost        = 5
	exitInterrupted = 130
)

// options are the command line.
type options struct {
	host     bool
	join     string
	demo     bool
	watch    string
	listen   string
	players  int
	frames   int
	round    int
	seed     uint64
	level    int
	name     string
	identity string
	report   string
	secret   string
	lan      bool
	code     bool
	invite   bool
	server   string // rendezvous
	stun     []string
	turn     []string
	relay    netcode.Relay
	portMap  bool
	passOn   bool
	verbose  bool

	game       string // what the lists of the local network call it
	absent     netcode.Absence
	late       netcode.LateJoin
	leaveAfter int    // frames; 0: never
	record     string // file that the first round's log goes to, "" for none
	replay     string // file to verify
	beside     string // another player's of the same match
	from, to   int    // frames of it; to 0: the end
	asJSON     bool
	patience   time.Duration // of -join lan and -watch lan
	spectators netcode.Spectators
	watchDelay float64 // seconds
	interfaces []string
	words      io.Writer // stderr, for people
}

func main() {
	o, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "lilybot:", err)
		}
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := play
	switch {
	case o.demo:
		run = demo
	case o.watch != "":
		run = watch
	case o.replay != "":
		os.Exit(verify(o, os.Stdout, os.Stderr))
	}
	code, err := run(ctx, o, os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lilybot:", err)
	}
	os.Exit(code)
}

// parse reads the command line. Its errors are sentences.
func parse(args []string, usage io.Writer) (options, error) {
	o := options{words: usage, game: netplay.Config().Game, absent: netcode.AbsentBot, late: netcode.LateAnybody}
	f := flag.NewFlagSet("lilybot", flag.ContinueOnError)
	f.SetOutput(usage)
	f.BoolVar(&o.host, "host", false, "open a lobby and start when -players are there")
	f.StringVar(&o.join, "join", "", "join the lobby at `ADDR`, HOST:PORT, HOST:PORT#FINGERPRINT, a code such as K7QF-3MX9-TD4W, an invite, a link such as lilypad:HOST:PORT, or any on the local network that has a free seat: lan")
	f.DurationVar(&o.patience, "wait", 30*time.Second, "with -join lan and -watch lan: how `LONG` to look for a lobby; one that is full, or has started, is left for the next")
	f.BoolVar(&o.demo, "demo", false, "play one match here: two processes over UDP on loopback")
	f.StringVar(&o.listen, "listen", "", "UDP `ADDR` to listen on (default: any port; with -host :7777)")
	f.IntVar(&o.players, "players", 2, "players of the match, 1 to 8 (the host's word)")
	f.IntVar(&o.frames, "frames", 0, "how many frames to play, over as many rounds as that takes; 0 for one whole game (the host's word)")
	f.IntVar(&o.round, "round", rules.RoundFrames, "playing time of a game in `FRAMES` (the host's word)")
	f.Uint64Var(&o.seed, "seed", 0, "seed of the first round, 0 for a random one (the host's word)")
	f.IntVar(&o.level, "level", int(rules.Keen), "how well it plays, 1 to 4")
	o.goneFlags(f)
	o.recordFlags(f)
	o.watchFlags(f)
	f.StringVar(&o.name, "name", "", "its name (default: Lily, of some number)")
	f.StringVar(&o.identity, "identity", "", "identity `FILE` (default: a new identity each time)")
	f.StringVar(&o.report, "report", "", "write the last line to `FILE`, too")
	f.StringVar(&o.secret, "secret", "", "secret of the lobby")
	f.BoolVar(&o.lan, "lan", false, "with -host: be on the lists of the local network")
	f.Func("interface", "with -lan, -join lan and -watch lan: the only network `INTERFACES`, eth0,..., to use (default: all)", func(list string) error {
		o.interfaces = strings.Split(list, ",")
		return nil
	})
	f.BoolVar(&o.code, "code", false, "with -host: make a code to join by; needs -rendezvous")
	f.BoolVar(&o.invite, "invite", false, "with -host: make an invite, which needs no server; replies to it are lines of stdin")
	o.pathFlags(f)
	f.BoolVar(&o.verbose, "v", false, "log what happens on the network to stderr")
	if err := f.Parse(args); err != nil {
		return o, flag.ErrHelp // the flag package has said why
	}
	if err := o.check(f); err != nil {
		return o, err
	}
	for _, sentence := range o.unheeded(f) {
		fmt.Fprintln(usage, "lilybot:", sentence)
	}
	if o.absent == netcode.AbsentEnds {
		o.late = netcode.LateNever // there is nothing to come into
	}
	for _, to := range []*string{&o.join, &o.watch} {
		if l, ok := netplay.FindLink(*to); ok {
			*to = l.Address
			o.server = cmp.Or(o.server, l.Rendezvous)
		}
	}
	if o.stun == nil && o.server != "" {
		o.stun = []string{o.server} // it answers STUN, too
	}
	if o.name == "" {
		o.name = fmt.Sprintf("Lily %d", os.Getpid()%1000)
	}
	return o, nil
}

// check says in a sentence what cannot be meant.
func (o *options) check(f *flag.FlagSet) error {
	modes := 0
	for _, on := range []bool{o.host, o.join != "", o.demo, o.watch != "", o.replay != ""} {
		if on {
			modes++
		}
	}
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("what does %q mean? All that it understands begins with a dash: see lilybot -h", f.Arg(0))
	case modes != 1:
		return errors.New("say one of -host, -join ADDR, -watch ADDR, -demo and -replay FILE: see lilybot -h")
	}
	if err := o.misfit(f); err != nil {
		return err
	}
	switch {
	case o.players < 1 || o.players > rules.MaxSeats:
		return fmt.Errorf("-players is %d; allowed is 1 to %d", o.players, rules.MaxSeats)
	case o.frames < 0 || o.frames > math.MaxInt32:
		return fmt.Errorf("-frames is %d; allowed is 0 to %d", o.frames, math.MaxInt32)
	case o.from < 0 || o.to < 0 || o.from > math.MaxInt32 || o.to > math.MaxInt32:
		return fmt.Errorf("-from is %d and -to %d; allowed is 0 to %d", o.from, o.to, math.MaxInt32)
	case o.spectatorWords() != "":
		return errors.New(o.spectatorWords())
	case o.leaveAfter < 0:
		return fmt.Errorf("-leave-after is %d; allowed is 0 and more", o.leaveAfter)
	case o.round < rules.MinRoundFrames || o.round > rules.MaxRoundFrames:
		return fmt.Errorf("-round is %d; allowed is %d to %d", o.round, rules.MinRoundFrames, rules.MaxRoundFrames)
	case o.patience <= 0:
		return errors.New("-wait must be a time such as 30s or 5m")
	case o.code && o.server == "":
		return errors.New("-code needs -rendezvous ADDR")
	case len(o.turn) > 0 && o.relay == netcode.RelayNever:
		return errors.New("-turn goes with -relay auto or -relay only")
	case o.level < 1 || o.level > rules.MaxLevel:
		return fmt.Errorf("-level is %d; allowed is 1 to %d", o.level, rules.MaxLevel)
	}
	return nil
}

// goneFlags are the flags about who is in a match no more.
func (o *options) goneFlags(f *flag.FlagSet) {
	f.Func("absent", "what becomes of the seat of one who leaves or is lost: `bot`, idle, or end, with which the match ends for all (default bot; the host's word)", func(word string) error {
		absent, ok := map[string]netcode.Absence{"bot": netcode.AbsentBot, "idle": netcode.AbsentIdle, "end": netcode.AbsentEnds}[word]
		if o.absent = absent; !ok {
			return errors.New("it is one of bot, idle and end")
		}
		return nil
	})
	f.Func("late", "who may come into a match that runs: `own`, whoever was in it, to his seat; any, whoever comes, to a free one; or never (default any; the host's word)", func(word string) error {
		late, ok := map[string]netcode.LateJoin{"own": netcode.LateOwn, "any": netcode.LateAnybody, "never": netcode.LateNever}[word]
		if o.late = late; !ok {
			return errors.New("it is one of own, any and never")
		}
		return nil
	})
	f.IntVar(&o.leaveAfter, "leave-after", 0, "leave after so many `FRAMES` of a match; 0 for never")
}

// pathFlags are the flags about the ways to other players.
func (o *options) pathFlags(f *flag.FlagSet) {
	f.StringVar(&o.server, "rendezvous", "", "rendezvous server, `HOST:PORT`, that brings together who shares a code")
	f.Func("stun", "servers, `HOST:PORT,...`, that tell the public address; none asks nobody (default: the rendezvous server)", func(list string) error {
		if o.stun = []string{}; list != "none" {
			o.stun = strings.Split(list, ",")
		}
		return nil
	})
	f.Func("turn", "servers, `turn:USER:PASSWORD@HOST:PORT?transport=udp|tcp|tls,...`, that pass packets on where nothing nearer does", func(list string) error {
		o.turn = strings.Split(list, ",")
		for _, server := range o.turn {
			if _, err := turn.Parse(server); err != nil {
				return err
			}
		}
		return nil
	})
	f.Func("relay", "pass packets on by a third party: `only`, never or auto (default auto)", func(word string) error {
		relay, ok := map[string]netcode.Relay{"auto": netcode.RelayAuto, "never": netcode.RelayNever, "only": netcode.RelayOnly}[word]
		if o.relay = relay; !ok {
			return errors.New("it is one of only, never and auto")
		}
		return nil
	})
	f.BoolVar(&o.portMap, "portmap", true, "with -rendezvous, -stun or an invite: ask the router to forward the port")
	f.BoolVar(&o.passOn, "pass-on", true, "pass packets on for two others in the lobby who have no direct way to each other")
}

// exitCode says what a match's end is to the shell. Who is the only one left has nobody to
// agree with.
func exitCode(result netcode.Result, alone bool) int {
	var desync *netcode.DesyncError
	switch {
	case errors.As(result.Err, &desync):
		return exitDesync
	case result.Err != nil:
		return exitLost
	case !result.Agreed && !alone:
		return exitLost // the others have not confirmed it
	}
	return exitAgreed
}

// endWords says what ended a match before its time, nil if nothing did. Who has lost the
// others, or has a result that they have not confirmed, may be in a minority: what he played
// last is his alone.
func endWords(result netcode.Result, code int) error {
	lost := new(netcode.LostError)
	switch {
	case code != exitLost:
		return result.Err
	case result.Err == nil:
		return errors.New("finished apart: the others have not confirmed this result")
	case errors.As(result.Err, &lost):
		return fmt.Errorf("%w; finished apart from frame %d", result.Err, result.Frame)
	}
	return result.Err
}

func logger(verbose bool) *slog.Logger {
	if !verbose {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
