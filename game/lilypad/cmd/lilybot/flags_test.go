package main

import (
	"io"
	"strings"
	"testing"
)

// TestFlagsThatDoNotGoTogether: what would be passed over in silence is refused, in words that say
// what it goes with.
func TestFlagsThatDoNotGoTogether(t *testing.T) {
	for args, words := range map[string]string{
		"-watch a:1 -record x":                  "-record goes with -host and -join",
		"-watch a:1 -report x":                  "-report goes with -host and -join",
		"-watch a:1 -players 3":                 "-players goes with -host and -join",
		"-watch a:1 -level 2":                   "-level goes with -host and -join",
		"-watch a:1 -leave-after 9":             "-leave-after goes with",
		"-watch a:1 -absent idle":               "-absent goes with",
		"-watch a:1 -late own":                  "-late goes with",
		"-watch a:1 -json":                      "-json goes with -replay",
		"-watch a:1 -wait 9s":                   "-wait goes with -join lan and -watch lan",
		"-join a:1 -wait 9s":                    "-wait goes with -join lan and -watch lan",
		"-host -wait 9s":                        "-wait goes with -join and -watch",
		"-join a:1 -lan":                        "-lan goes with -host",
		"-join a:1 -code":                       "-code goes with -host",
		"-join a:1 -invite":                     "-invite goes with -host",
		"-join a:1 -spectators none":            "-spectators goes with -host",
		"-join a:1 -watch-delay 2":              "-watch-delay goes with -host",
		"-host -watch-delay 2":                  "-watch-delay goes with -spectators",
		"-host -spectators none -watch-delay 2": "-watch-delay goes with -spectators",
		"-host -interface lo":                   "-interface goes with -host -lan",
		"-host -lan -interface lo,":             "-interface has a name missing",
		"-host -absent end -late any":           "do not go with -absent end",
		"-host -code":                           "-code needs -rendezvous",
		"-demo -name Ana":                       "-name goes with -host, -join and -watch",
		"-demo -listen :1":                      "-listen goes with",
		"-demo -record x":                       "-record goes with",
		"-demo -secret x":                       "-secret goes with",
		"-demo -relay never":                    "-relay goes with",
		"-demo -players 2":                      "-players goes with",
		"-demo -v":                              "-v goes with",
		"-replay x -frames 9":                   "-frames goes with",
		"-replay x -seed 9":                     "-seed goes with",
		"-replay x -identity y":                 "-identity goes with",
		"-replay x -rendezvous y":               "-rendezvous goes with",
		"-replay x -from 500 -to 100":           "is no frame at all",
		"-replay x -from 100 -to 100":           "is no frame at all",
		"-replay x -beside y -from 5":           "knows no -from and no -to",
		"-replay x -beside y -to 5":             "knows no -from and no -to",
		"-host -from 5":                         "-from goes with -replay",
		"-host -to 5":                           "-to goes with -replay",
		"-host -beside x":                       "-beside goes with -replay",
		"-replay x -beside=":                    "-beside has nothing behind it",
		"-host -record=":                        "-record has nothing behind it",
		"-host -secret=":                        "-secret has nothing behind it",
		"-host -identity=":                      "-identity has nothing behind it",
		"-host -report=":                        "-report has nothing behind it",
		"-join=":                                "say one of -host",
		"-host -rendezvous=":                    "-rendezvous has nothing behind it",
	} {
		_, err := parse(strings.Fields(args), io.Discard)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("lilybot %s: %v; it should say %q", args, err, words)
		}
	}
}

// TestFlagsThatGoTogether: what means something is taken, and of what the host decides one who joins
// reads what it comes to.
func TestFlagsThatGoTogether(t *testing.T) {
	for args, words := range map[string]string{
		"-host -players 3 -frames 600 -seed 9 -level 2 -listen :1 -name Ana -identity x -report y -record z -secret s -lan -v": "",
		"-host -lan -interface lo": "",
		"-host -invite -spectators code -rendezvous a:1 -watch-delay 2 -stun none": "",
		"-host -absent end -late never":                                            "",
		"-join lan -wait 9s -interface lo -leave-after 60":                         "",
		"-join a:1 -players 3":                                                     "-players is the host's word: it changes nothing here",
		"-join a:1 -frames 3":                                                      "-frames is the host's word: it counts only if this bot comes to host",
		"-watch lan -wait 9s -interface lo -name Ana":                              "",
		"-watch a:1 -secret x -identity y -rendezvous b:1 -v":                      "",
		"-demo -frames 600 -seed 4":                                                "",
		"-replay x -from 5 -to 9 -json":                                            "",
		"-replay x -to 0":                                                          "",
		"-replay x -beside y -json":                                                "",
		"-host=false -join a:1 -portmap=false -pass-on=false":                      "",
		"-host -turn turn:a:b@c:1 -relay only -rendezvous d:1 -v":                  "",
	} {
		var said strings.Builder
		if _, err := parse(strings.Fields(args), &said); err != nil {
			t.Errorf("lilybot %s: %v", args, err)
		}
		if !strings.Contains(said.String(), words) || words == "" && said.Len() > 0 {
			t.Errorf("lilybot %s says %q, and should say %q", args, said.String(), words)
		}
	}
}
