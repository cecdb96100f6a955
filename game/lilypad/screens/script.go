package screens

import (
	"bufio"
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// Script presses keys by itself, for pictures and for looking at the game
// without hands. One command a line; # begins a comment:
//
//	wait 60              let ticks pass
//	press down           one of up down left right accept back next f1
//	tap 320 180          put a finger down at a place of the picture, and lift it
//	type 127.0.0.1:7777  type the rest of the line
//	hold right+a 90      hold buttons of the first pad (a hop, b tongue, c croak)
//	bots 600             let a bot play for the next so many ticks, and read on
//	meet 4               wait until so many machines are in the lobby
//	shot title.png       save a picture
//	quit
type Script struct {
	lines []scriptLine
	wait  int
	held  game.Buttons
	play  int
	tap   image.Point // where a finger is down; zero for nowhere
}

type scriptLine struct {
	verb, arg string
	number    int
	buttons   game.Buttons
	at        image.Point
}

var scriptButtons = map[string]game.Buttons{
	"up": game.Up, "down": game.Down, "left": game.Left, "right": game.Right,
	"a": game.ButtonA, "b": game.ButtonB, "c": game.ButtonC, "d": game.ButtonD,
}

// ReadScript reads a script. Its errors name the line.
func ReadScript(r io.Reader) (*Script, error) {
	s := &Script{}
	scanner := bufio.NewScanner(r)
	for n := 1; scanner.Scan(); n++ {
		text, _, _ := strings.Cut(scanner.Text(), "#")
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		line, err := parseScriptLine(text)
		if err != nil {
			return nil, fmt.Errorf("line %d of the script: %w", n, err)
		}
		s.lines = append(s.lines, line)
	}
	return s, scanner.Err()
}

func parseScriptLine(text string) (scriptLine, error) {
	verb, arg, _ := strings.Cut(text, " ")
	line := scriptLine{verb: verb, arg: strings.TrimSpace(arg), number: 1}
	number := line.arg
	switch verb {
	case "press", "type", "shot", "quit":
		return line, nil
	case "tap":
		if _, err := fmt.Sscanf(line.arg, "%d %d", &line.at.X, &line.at.Y); err != nil {
			return line, fmt.Errorf("tap needs a place like 320 180, not %q", line.arg)
		}
		return line, nil
	case "hold":
		names, ticks, _ := strings.Cut(line.arg, " ")
		for name := range strings.SplitSeq(names, "+") {
			b, ok := scriptButtons[name]
			if !ok {
				return line, fmt.Errorf("no button is called %q", name)
			}
			line.buttons |= b
		}
		number = strings.TrimSpace(ticks)
	case "wait", "bots", "meet":
	default:
		return line, fmt.Errorf("no command is called %q", verb)
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return line, fmt.Errorf("%s needs a number, not %q", verb, number)
	}
	line.number = n
	return line, nil
}

// advance plays one tick of the script into in.
func (s *Script) advance(a *App, in *ui.Input) {
	s.play = max(s.play-1, 0)
	if s.tap != (image.Point{}) {
		in.Pointer, in.Released, s.tap = s.tap, true, image.Point{}
		return
	}
	if s.wait > 0 {
		s.wait--
		return
	}
	s.held = 0
	if len(s.lines) == 0 {
		return
	}
	line := s.lines[0]
	if line.verb == "meet" && a.machines() < line.number {
		return
	}
	s.lines = s.lines[1:]
	s.wait = line.number
	switch line.verb {
	case "hold":
		s.held = line.buttons
	case "bots":
		s.play, s.wait = line.number, 0
	case "meet":
		s.wait = 30 // its links are still being made
	case "tap":
		s.tap, s.wait = line.at, 0
		in.Pointer, in.Pressed, in.Held, in.Moved, in.Hand = line.at, true, true, true, ui.Finger
	case "type":
		in.Chars = []rune(line.arg)
	case "shot":
		a.shots.ask(line.arg)
		s.wait = 20 // the file is written elsewhere
	case "quit":
		a.quit = true
	case "press":
		s.press(a, in, line.arg)
		s.wait = 6
	}
}

func (s *Script) press(a *App, in *ui.Input, key string) {
	switch key {
	case "up":
		in.Up = true
	case "down":
		in.Down = true
	case "left":
		in.Left = true
	case "right":
		in.Right = true
	case "next":
		in.Next = true
	case "accept":
		in.Accept, in.Enter = true, true
	case "back":
		in.Back = true
	case "f1":
		a.cycleGraph()
	}
}

// playing reports whether a bot has the first player's pad.
func (s *Script) playing() bool { return s != nil && s.play > 0 }

// machines is how many are in the lobby, this one included; 0 without a lobby.
func (a *App) machines() int {
	if a.online == nil || a.online.lobby == nil {
		return 0
	}
	return len(a.online.lobby.AppendMembers(nil))
}

// KeyDown is part of game.Devices: a script has buttons, not keys.
func (s *Script) KeyDown(ebiten.Key) bool { return false }

// AppendGamepads is part of game.Devices.
func (s *Script) AppendGamepads(dst []game.Buttons) []game.Buttons { return append(dst, s.held) }

// AppendTouches is part of game.Devices.
func (s *Script) AppendTouches(dst []game.Touch) []game.Touch { return dst }
