package screens

import (
	"fmt"
	"image"
	"slices"
	"strconv"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// spectatorChoices are who may watch a lobby's matches, by Settings.Spectators.
var spectatorChoices = []string{"nobody", "anybody who could join", "those, and by a code"}

// maxWatchDelay is the longest delay for those who watch, in seconds.
const maxWatchDelay = 60

// letWatch is the host's part of who may watch.
func (s *Settings) letWatch(config *netcode.LobbyConfig) {
	if s.Spectators == 0 {
		return
	}
	config.Spectators, config.WatchDelayMs = netcode.SpectatorsOpen, s.WatchDelay*1000
	if s.Spectators == 2 && config.Code { // without a rendezvous server there is none
		config.Spectators = netcode.SpectatorsCode
	}
	if s.WatchDelay == 0 {
		config.WatchDelayMs = -1
	}
}

// delayWords are a delay in seconds as it is shown.
func delayWords(seconds int) string { return fmt.Sprintf("%d s", seconds) }

// watchWords say who watches: of more than three how many; "" if nobody does.
func watchWords(names []string, count int) string {
	switch {
	case count == 0:
		return ""
	case count > 3 || len(names) < count:
		return countOf(count, "watches", "watch")
	}
	return listOf(names) + verb(names, " watches", " watch")
}

// drawWatched draws in the lower right corner by how many a match is watched.
func drawWatched(p *ui.Painter, count, size int) {
	words := strconv.Itoa(count)
	x, y := Width-8-p.Width(words, size), Height-6-p.LineHeight(size)
	p.ShadedAt(words, x, y, size, ui.Ink)
	p.Eye(image.Pt(x-12*size, y+3*size), size)
}

// watchNews is the line for an event about somebody who watches.
func watchNews(room *netplay.Lobby, e netcode.Event) netcode.Line {
	text := e.Name + " watches"
	if !slices.Contains(room.AppendWatching(nil), e.Name) {
		text = e.Name + " watches no more"
	}
	if e.Count > 1 {
		text += fmt.Sprintf(" (%d watch)", e.Count)
	}
	return netcode.Line{Kind: e.Kind, About: e.Name, Text: text}
}
