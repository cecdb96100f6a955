package main

import (
	"bufio"
	"io"
)

// maxLine is how much of a line of stdin is looked at; no reply is longer.
const maxLine = 2048

type inviteLine struct {
	Event  string `json:"event"`
	Invite string `json:"invite"`
}

type refused struct {
	Event  string `json:"event"`
	Reason string `json:"reason"`
}

// readLines hands over the lines of a reader until its end. What is longer than
// maxLine is cut off.
func readLines(in io.Reader, to chan<- string) {
	defer close(to)
	for r := bufio.NewReaderSize(in, maxLine); ; {
		line, more, err := r.ReadLine()
		if err != nil {
			return
		}
		text := string(line)
		for more && err == nil {
			_, more, err = r.ReadLine()
		}
		to <- text
	}
}

// tellInvite prints the host's invite, and the guest's reply to it, once they
// can be used and whenever they change.
func (p *player) tellInvite() {
	text, ready := p.lobby.Invite()
	if ready && text != p.toldInvite {
		p.toldInvite = text
		p.out.print(inviteLine{"invite", text})
	}
	if text, ready = p.lobby.Reply(); ready && text != p.toldInvite {
		p.toldInvite = text
		p.out.print(codeLine{"reply", text})
	}
}

// takeReplies gives the lobby the replies that have come on stdin.
func (p *player) takeReplies() {
	for {
		select {
		case line, ok := <-p.lines:
			switch {
			case !ok:
				p.lines = nil // nobody writes any more
				return
			case line == "":
			default:
				if err := p.lobby.AcceptReply(line); err != nil {
					p.out.print(refused{"refused", err.Error()})
				}
			}
		default:
			return
		}
	}
}
