package screens

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// clipboard reaches the system's clipboard through the small programs that
// desktops bring: Ebitengine has none of its own. Without such a program it
// does nothing, and the player types.
type clipboard struct {
	text chan string // room for one; a second answer before the first is read is dropped
}

// clipboardTimeout bounds how long such a program may take.
const clipboardTimeout = 2 * time.Second

func newClipboard() *clipboard { return &clipboard{text: make(chan string, 1)} }

// programs returns the commands to copy and to paste, best first.
func clipboardPrograms() (copies, pastes [][]string) {
	switch runtime.GOOS {
	case "darwin":
		return [][]string{{"pbcopy"}}, [][]string{{"pbpaste"}}
	case "windows":
		return [][]string{{"clip"}}, [][]string{{"powershell", "-NoProfile", "-Command", "Get-Clipboard"}}
	}
	if os.Getenv("WAYLAND_DISPLAY") != "" {
		copies, pastes = append(copies, []string{"wl-copy"}), append(pastes, []string{"wl-paste", "-n"})
	}
	copies = append(copies, []string{"xclip", "-selection", "clipboard"}, []string{"xsel", "-ib"})
	pastes = append(pastes, []string{"xclip", "-selection", "clipboard", "-o"}, []string{"xsel", "-ob"})
	return copies, pastes
}

// available reports whether text can be copied here.
func (c *clipboard) available() bool {
	copies, _ := clipboardPrograms()
	for _, args := range copies {
		if _, err := exec.LookPath(args[0]); err == nil {
			return true
		}
	}
	return false
}

// Copy is part of ui.Clipboard.
func (c *clipboard) Copy(text string) {
	copies, _ := clipboardPrograms()
	go runFirst(copies, text)
}

// Ask is part of ui.Clipboard.
func (c *clipboard) Ask() {
	_, pastes := clipboardPrograms()
	go func() {
		if text, ok := runFirst(pastes, ""); ok {
			select {
			case c.text <- strings.TrimSpace(text):
			default:
			}
		}
	}()
}

// Paste is part of ui.Clipboard.
func (c *clipboard) Paste() (string, bool) {
	select {
	case text := <-c.text:
		return text, true
	default:
		return "", false
	}
}

// runFirst runs the first of the commands that works and returns its output.
func runFirst(commands [][]string, input string) (string, bool) {
	for _, args := range commands {
		ctx, cancel := context.WithTimeout(context.Background(), clipboardTimeout)
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Stdin = strings.NewReader(input)
		out, err := cmd.Output()
		cancel()
		if err == nil {
			return string(out), true
		}
	}
	return "", false
}
