package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// subcommand is one thing that the command does. run gets the arguments after
// its name.
type subcommand struct {
	name, what string
	run        func(args []string, out, errs io.Writer) error
}

var subcommands = []subcommand{
	{"netcheck", "say what lies between this machine and other players", netcheckCommand},
	{"logcat", "print a recorded match as JSON lines", logcatCommand},
	{"desync", "compare two recordings of a match in which worlds differed", desyncCommand},
	{"scoreboard", "measure the engine and print the table beside other engines' figures", scoreboardCommand},
}

// errUsage: the arguments make no sense, and the user has been told so.
var errUsage = errors.New("usage")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: 0, 1 if something failed, 2 if the arguments
// make no sense.
func run(args []string, out, errs io.Writer) int {
	if len(args) > 0 {
		for _, s := range subcommands {
			if s.name != args[0] {
				continue
			}
			switch err := s.run(args[1:], out, errs); {
			case err == nil, errors.Is(err, flag.ErrHelp):
				return 0
			case errors.Is(err, errUsage):
				return 2
			default:
				fmt.Fprintf(errs, "visavis %s: %v\n", s.name, err)
				return 1
			}
		}
		fmt.Fprintf(errs, "visavis: there is no subcommand %q\n", args[0])
	}
	fmt.Fprintln(errs, "usage: visavis SUBCOMMAND [flags]")
	for _, s := range subcommands {
		fmt.Fprintf(errs, "  %-12s %s\n", s.name, s.what)
	}
	fmt.Fprintln(errs, "Flags: visavis SUBCOMMAND -h")
	return 2
}
