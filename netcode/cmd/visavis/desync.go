package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/visavis-netcode/visavis/netcode/replay"
)

// errDiffers: the two recordings differ, which has been said.
var errDiffers = errors.New("the recordings differ, or cannot be compared: see above")

// desyncCommand lays the recordings of two players beside each other whose worlds differed.
// It knows no game: the game's own program, by replay.Command, tells more.
func desyncCommand(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("visavis desync", flag.ContinueOnError)
	flags.SetOutput(errs)
	asJSON := flags.Bool("json", false, "print one JSON object instead of sentences")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return err
		}
		return errUsage
	}
	if flags.NArg() != 2 {
		fmt.Fprintln(errs, "visavis desync FILE FILE: which two recordings of one match?")
		return errUsage
	}
	if replay.CompareFiles(flags.Arg(0), flags.Arg(1), replay.Compare, *asJSON, out, errs) != replay.ExitAlike {
		return errDiffers
	}
	return nil
}
