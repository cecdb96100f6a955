package screens

import (
	"fmt"
	"strings"

	"github.com/visavis-netcode/visavis/netcode"
)

// endWords says why a match ended before its time, and what to make of it.
func endWords(r netcode.Result) string {
	unconfirmed := ""
	switch {
	case r.Agreed:
	case len(r.ConfirmedBy) == 0:
		unconfirmed = " No other machine has confirmed this score."
	default:
		unconfirmed = " Not enough of the others have confirmed this score."
	}
	switch err := r.Err.(type) {
	case nil:
		return strings.TrimSpace(unconfirmed)
	case *netcode.DesyncError:
		return desyncWords(err)
	case *netcode.ExcludedError:
		if err.Desync != nil {
			return outvotedWords(err.Desync)
		}
		return sentence(err.Error()) + unconfirmed
	case *netcode.LeftError:
		if err.You {
			return "You left the match."
		}
		return err.Name + " left the match." + unconfirmed
	default:
		return sentence(err.Error()) + unconfirmed
	}
}

// desyncWords say that the worlds differ, where, and whose is another one than all others'.
func desyncWords(e *netcode.DesyncError) string {
	words := "The games no longer agree since " + clock(int32(e.Frame)) + "; nobody did anything wrong. "
	if e.Field == "" {
		return words + e.Text
	}
	words += fmt.Sprintf("%s is %s here and %s at %s's.", e.Field, e.Here, e.There, e.Peer)
	switch {
	case len(e.Alike) > 0 && len(e.Against) == 0:
		words += " All others have it as it is here."
	case len(e.Against) > 0 && len(e.Alike) == 0:
		words += " All others have it as " + e.Peer + " has."
	}
	return words
}

// outvotedWords say that the others have gone on with another world than this one.
func outvotedWords(e *netcode.DesyncError) string {
	return "Since " + clock(int32(e.Frame)) + " this computer computed another match than most of the others, who go on with theirs; nobody did anything wrong. You come in again by yourself, if their match lasts long enough."
}

func clock(frame int32) string { return fmt.Sprintf("%d:%02d", frame/3600, frame/60%60) }

// sentence gives a line of an error a capital letter and a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") && !strings.HasSuffix(text, "!") {
		text += "."
	}
	return text
}
