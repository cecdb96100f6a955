package netplay

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/replay"
)

// memory is a file in memory. It is read when the recording is done.
type memory struct{ bytes.Buffer }

func (m *memory) Close() error { return nil }

// record lets eight bots play a round of 90 s, each on a machine of its own, and returns
// what the first has recorded.
func record(t testing.TB) []byte {
	t.Helper()
	network := netcode.NewMemoryNetwork(2)
	network.SetConditions(netcode.Conditions{DelayMs: 20, JitterMs: 5})
	config := Config()
	var lobbies []*Lobby
	address := ""
	for i := range rules.MaxSeats {
		node := network.NewNode(fmt.Sprint("Lily ", i))
		var lobby *Lobby
		var err error
		if i == 0 {
			address = node.Addr().String()
			lobby, err = netcode.OpenLobby(node, config, netcode.LobbyConfig{Options: rules.Setup{DurationFrames: 90 * 60}.AppendOptions(nil)})
		} else {
			lobby, err = netcode.JoinLobby(node, config, address, netcode.LobbyConfig{Ready: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		lobbies = append(lobbies, lobby)
	}
	file, recording := &memory{}, (*netcode.Recording)(nil)
	for range 200 * 60 {
		for i, l := range lobbies {
			network.Advance(time.Second / 60 / time.Duration(len(lobbies)))
			m := l.Match()
			if m == nil {
				l.SetReady(true)
				if l.Poll(); i == 0 && len(l.AppendMembers(nil)) == len(lobbies) && l.Blocker() == "" {
					l.Start(4, 90*60)
				}
				continue
			}
			if i == 0 && recording == nil {
				var err error
				if recording, err = m.Record(file); err != nil {
					t.Fatal(err)
				}
			}
			status := m.Tick(rules.Bot(m.World(), m.LocalSeats()[0], int(rules.Keen)))
			for recording != nil && recording.Pending() > 0 {
				runtime.Gosched() // the match is faster than a disk here
			}
			if i == 0 && status.Over {
				<-recording.Done()
				return file.Bytes()
			}
		}
	}
	t.Fatal("the round does not end")
	return nil
}

// TestRecording: 90 s of eight frogs take less than 40 kB, and are verified far faster than
// they were played.
func TestRecording(t *testing.T) {
	b := record(t)
	r, err := replay.Open(Config(), bytes.NewReader(b), int64(len(b)), nil)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	v, err := replay.Verify(context.Background(), Config(), r.Log(), replay.VerifyConfig{Workers: 1})
	if err != nil || v.First != nil || v.Frames != 90*60 || v.Compared < v.Frames {
		t.Errorf("%+v, %v", v, err)
	}
	t.Logf("%d bytes, %d worlds, verified %.0f times as fast as played", len(b), len(r.Log().Starts()), 90/time.Since(began).Seconds())
	if len(b) > 40_000 {
		t.Errorf("%d bytes", len(b))
	}
}
