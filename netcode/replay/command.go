package replay

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// What the commands return to the shell.
const (
	ExitAlike   = 0
	ExitDiffers = 1 // or the file cannot be played: the words say which
	ExitUsage   = 2
)

const usage = `usage: replay info FILE
       replay verify [-from FRAME] [-to FRAME] [-json] FILE
       replay desync [-json] FILE FILE
`

// Command runs one of the commands info, verify and desync for a game's own program, and returns
// what it should exit with.
func Command[S, I any](config netcode.Config[S, I], args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		io.WriteString(errs, usage)
		return ExitUsage
	}
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.SetOutput(errs)
	f.Usage = func() { io.WriteString(errs, usage) }
	from, to := f.Int("from", 0, ""), f.Int("to", 0, "")
	asJSON := f.Bool("json", false, "")
	files := 1
	if args[0] == "desync" {
		files = 2
	}
	if f.Parse(args[1:]) != nil || f.NArg() != files {
		f.Usage()
		return ExitUsage
	}
	switch args[0] {
	case "desync":
		return CompareFiles(f.Arg(0), f.Arg(1), func(a, b *matchlog.Log) (*Comparison, error) { return Explain(config, a, b) }, *asJSON, out, errs)
	case "info":
		return Info(f.Arg(0), *asJSON, out, errs)
	case "verify":
		return VerifyFile(config, f.Arg(0), VerifyConfig{From: rollback.Frame(*from), To: rollback.Frame(*to)}, *asJSON, out, errs)
	}
	f.Usage()
	return ExitUsage
}

// openLog opens the log in a file.
func openLog(name string) (*matchlog.Log, *os.File, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil {
		var log *matchlog.Log
		if log, err = matchlog.Open(file, info.Size(), nil); err == nil {
			return log, file, nil
		}
	}
	file.Close()
	return nil, nil, err
}

// information is what a log says of itself.
type information struct {
	Event   string   `json:"event"`
	Game    string   `json:"game"`
	Rules   string   `json:"rules"`
	Engine  string   `json:"engine"`
	Began   string   `json:"began"`
	Players []string `json:"players"`
	Match   string   `json:"match"`
	First   int32    `json:"first"`
	Frames  int32    `json:"frames"` // the first that is not in it
	Seconds float64  `json:"seconds"`
	Bytes   int64    `json:"bytes"`
	Worlds  int      `json:"worlds"` // from which it can be played
	Agreed  bool     `json:"agreed"`
	Hash    string   `json:"hash,omitempty"` // of the last world
	Reason  string   `json:"reason,omitempty"`
	Cut     string   `json:"cut,omitempty"` // why the end of it is missing
}

func informationOf(l *matchlog.Log) information {
	h := l.Header
	i := information{
		Event: "info", Game: printable(h.Game), Rules: fmt.Sprintf("%x", h.Rules), Engine: printable(h.Engine), Match: fmt.Sprintf("%x", h.Match[:8]),
		Began: time.UnixMilli(h.Began).UTC().Format(time.RFC3339),
		First: int32(l.StartOf(0)), Frames: int32(l.Frames), Bytes: l.Bytes(), Worlds: l.Stretches(),
		Seconds: float64(l.Frames-l.StartOf(0)) / float64(h.TickRate),
	}
	for _, p := range h.Players {
		if p.Machine != matchlog.NoMachine {
			i.Players = append(i.Players, printable(p.Name))
		}
	}
	switch {
	case l.Cut != nil:
		i.Cut = l.Cut.Error()
	case l.Result == nil:
		i.Cut = "the recording was stopped, or its writer was, before the match was over"
	}
	if r := l.Result; r != nil {
		i.Agreed, i.Hash, i.Reason = r.Agreed, fmt.Sprintf("%016x", r.World), printable(r.Reason)
	}
	return i
}

// Info prints what a file says of itself, and returns what the program should exit with.
func Info(name string, asJSON bool, out, errs io.Writer) int {
	log, file, err := openLog(name)
	if err != nil {
		fmt.Fprintf(errs, "%s: %v\n", name, err)
		return ExitDiffers
	}
	defer file.Close()
	i := informationOf(log)
	if asJSON {
		json.NewEncoder(out).Encode(i)
		return ExitAlike
	}
	fmt.Fprintf(out, "%s, rules %s, of %s\n", i.Game, i.Rules, i.Began)
	fmt.Fprintf(out, "played by %s\n", strings.Join(i.Players, ", "))
	fmt.Fprintf(out, "frames %d to %d, %.1f seconds, in %d bytes with %d worlds\n", i.First, i.Frames, i.Seconds, i.Bytes, i.Worlds)
	switch {
	case i.Cut != "":
		fmt.Fprintln(out, i.Cut)
	case i.Reason != "":
		fmt.Fprintf(out, "it ended with %s: %s\n", i.Hash, i.Reason)
	default:
		fmt.Fprintf(out, "it ended with %s\n", i.Hash)
	}
	return ExitAlike
}

// verdict is what VerifyFile prints as JSON.
type verdict struct {
	Event     string      `json:"event"`
	Alike     bool        `json:"alike"`
	Frames    int         `json:"frames"`
	Compared  int         `json:"compared"`
	Begins    int32       `json:"begins"` // the first frame; if not 0 the world before it is the recording's word
	Result    bool        `json:"result"` // whether the world that the match ended with was compared
	Speed     float64     `json:"speed"`  // times as fast as the match was
	Cut       string      `json:"cut,omitempty"`
	Signed    []signature `json:"signed"`
	Frame     *int32      `json:"frame,omitempty"`
	LastAlike *int32      `json:"lastAlike,omitempty"`
	Field     string      `json:"field,omitempty"`
	FieldAt   *int32      `json:"fieldFrame,omitempty"`
	Recorded  string      `json:"recorded,omitempty"`
	Here      string      `json:"here,omitempty"`
	Forged    *forgery    `json:"forged,omitempty"`
	Reason    string      `json:"reason,omitempty"`
	signed    string      // in words
	unsummed  bool        // the result that the recording has is no world's
}

// forgery is whose part is not what its player has signed, and in which frames.
type forgery struct {
	Name    string `json:"name"`
	Machine uint8  `json:"machine"`
	From    int32  `json:"from"`
	Through int32  `json:"through"`
}

// signature is what of one machine's part its player has signed.
type signature struct {
	Name    string `json:"name"`
	Machine uint8  `json:"machine"`
	First   int32  `json:"first"` // of its part,
	Last    int32  `json:"last"`
	From    int32  `json:"from"` // and what of it is signed
	Through int32  `json:"through"`
	Key     string `json:"key"`
}

// progressAfter is how long something may take before it is said how far it is.
const progressAfter = 500 * time.Millisecond

// VerifyFile verifies a file, prints what it has found, and returns what the program should
// exit with: ExitDiffers if a world differs or the file cannot be played, ExitUsage if it has none of
// the frames that are asked for.
func VerifyFile[S, I any](config netcode.Config[S, I], name string, v VerifyConfig, asJSON bool, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	began, told := time.Now(), time.Time{}
	if v.Progress == nil && !asJSON {
		v.Progress = func(done, total int64) {
			if now := time.Now(); now.Sub(began) > progressAfter && now.Sub(told) > progressAfter {
				told = now
				fmt.Fprintf(errs, "%d of %d frames, %v left\n", done, total, Left(done, total, now.Sub(began)).Round(time.Second))
			}
		}
	}
	log, file, err := openLog(name)
	var found Verified
	if err == nil {
		defer file.Close()
		found, err = Verify(ctx, config, log, v)
	}
	result := verdict{Event: "verified", Alike: err == nil && found.First == nil && found.Forged == nil && found.Unproven == "", Frames: found.Frames, Compared: found.Compared}
	result.Begins, result.Result, result.Reason = int32(found.Begins), found.Result, found.Unproven
	if err != nil {
		result.Reason = err.Error()
	} else {
		result.Cut = informationOf(log).Cut
		result.unsummed = log.Result != nil && log.Result.World == 0
		result.Speed = float64(found.Frames) / float64(log.Header.TickRate) / time.Since(began).Seconds()
	}
	for _, s := range found.Signed {
		result.Signed = append(result.Signed, signature{printable(s.Name), s.Machine, int32(s.First), int32(s.Last), int32(s.From), int32(s.Through), fmt.Sprintf("%x", s.Key)})
	}
	result.signed = signedWords(found.Signed)
	if f := found.Forged; f != nil {
		result.Forged = &forgery{printable(f.Name), f.Machine, int32(f.From), int32(f.Through)}
		result.Reason = f.Error()
	}
	if d := found.First; d != nil {
		frame, alike, field := int32(d.Frame), int32(d.Alike), int32(d.FieldFrame)
		result.Frame, result.LastAlike, result.Field, result.Recorded, result.Here = &frame, &alike, d.Field, d.Recorded, d.Here
		if d.Field != "" {
			result.FieldAt = &field
		}
		result.Reason = d.String()
	}
	if asJSON {
		json.NewEncoder(out).Encode(result)
	} else {
		result.print(name, out, errs)
	}
	if result.Alike {
		return ExitAlike
	}
	if out := new(RangeError); errors.As(err, &out) {
		return ExitUsage
	}
	return ExitDiffers
}

func (v *verdict) print(name string, out, errs io.Writer) {
	if v.Cut != "" {
		fmt.Fprintf(errs, "%s: %s\n", name, v.Cut)
	}
	if !v.Alike {
		fmt.Fprintf(errs, "%s: %s\n", name, v.Reason)
		return
	}
	fmt.Fprintf(out, "%s: %d frames verified, %d worlds compared, %.0f times as fast as the match\n", name, v.Frames, v.Compared, v.Speed)
	if v.Begins > 0 {
		fmt.Fprintf(out, "%s: what was before frame %d was not verified: the world before it is the recording's word\n", name, v.Begins)
	}
	if v.unsummed {
		fmt.Fprintf(out, "%s: the recording has no checksum of the result: there was none to compare\n", name)
	}
	fmt.Fprintf(out, "%s: %s\n", name, v.signed)
}

// CompareFiles lays two recordings of one match beside each other, by Compare or by Explain
// with a game, prints what is found, and returns what the program should exit with:
// ExitDiffers if the worlds or the inputs differ, or they cannot be compared.
func CompareFiles(nameA, nameB string, compare func(a, b *matchlog.Log) (*Comparison, error), asJSON bool, out, errs io.Writer) int {
	var logs [2]*matchlog.Log
	for i, name := range []string{nameA, nameB} {
		log, file, err := openLog(name)
		if err != nil {
			fmt.Fprintf(errs, "%s: %v\n", name, err)
			return ExitDiffers
		}
		defer file.Close()
		logs[i] = log
	}
	c, err := compare(logs[0], logs[1])
	switch {
	case c == nil:
	case asJSON:
		json.NewEncoder(out).Encode(comparison{"compared", c, c.Verdict()})
	default:
		fmt.Fprintln(out, c)
	}
	if err != nil {
		fmt.Fprintln(errs, err)
		return ExitDiffers
	}
	if c.World != rollback.NoFrame || c.Inputs != rollback.NoFrame {
		return ExitDiffers
	}
	return ExitAlike
}

// comparison is what CompareFiles prints as JSON.
type comparison struct {
	Event string `json:"event"`
	*Comparison
	Verdict string `json:"verdict"`
}
