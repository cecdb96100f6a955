package replay

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/seals"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// identity signs what one machine has pressed.
type identity struct {
	key    ed25519.PrivateKey
	domain string
}

func (i identity) Sign(b []byte) membership.Signature {
	return membership.Signature(ed25519.Sign(i.key, append([]byte(i.domain), b...)))
}

func (identity) Verify(uint8, []byte, membership.Signature) bool { return false }

// signedLog returns a log of one stretch as players with identities would have made it, of whom one
// signs nothing. In frame forged, if it is not below 0, the first presses something else than he
// has signed.
func signedLog(t *testing.T, b []byte, silent uint8, forged rollback.Frame) []byte {
	t.Helper()
	log := openBytes(t, pondGame(), b).Log()
	s, err := log.Stretch(0)
	if err != nil {
		t.Fatal(err)
	}
	h := log.Header
	var who [records.MaxMachines]identity
	for i := range h.Players {
		p := &h.Players[i]
		seed := sha256.Sum256([]byte{p.Machine})
		who[p.Machine] = identity{ed25519.NewKeyFromSeed(seed[:]), seals.Domain(h.Match)}
		p.Key = [32]byte(who[p.Machine].key.Public().(ed25519.PublicKey))
	}
	file := &memory{}
	w, _ := matchlog.NewWriter(file, h)
	w.Snapshot(s.Snapshot, s.World)
	config := records.ConfigOf(h.TickRate, h.LeadFrames)
	var digests [records.MaxMachines]records.Digest
	var links [records.MaxMachines][][]byte
	for f := range s.End() {
		span, place, _ := s.At(f)
		var content []matchlog.Record
		var said []*matchlog.Signed
		for _, run := range span.Runs {
			machine, record := run.Stream.Machine, bytes.Clone(run.Records[place])
			if links[machine] = append(links[machine], bytes.Clone(record)); (f+1)%records.LinkFrames == 0 {
				digests[machine] = config.DigestAfter(digests[machine], f+1-rollback.Frame(len(links[machine])), links[machine])
				links[machine] = nil
				seal := membership.SignedBy(who[machine], &membership.Seal{Stream: run.Stream, Through: f, Beat: 1, Digest: digests[machine]})
				bytes := membership.AppendMessage(nil, seal)
				if machine != silent {
					said = append(said, &matchlog.Signed{Piece: matchlog.Piece{Total: len(bytes), Bytes: bytes}})
				}
			}
			if f == forged && len(content) == 0 {
				record[0] ^= 16
			}
			content = append(content, matchlog.Record{Stream: run.Stream, Seats: run.Seats, Bytes: record})
		}
		w.Frame(f, span.Lineup, content)
		for _, b := range said {
			w.Block(b)
		}
	}
	w.Flush()
	return file.b
}

// TestSignedBy: of a recording it is said who has signed what of it, and that it is forged if it
// does not hold that.
func TestSignedBy(t *testing.T) {
	good := signedLog(t, golden(t), 2, -1)
	list, err := SignedBy(openBytes(t, pondGame(), good).Log())
	if err != nil || len(list) < 2 {
		t.Fatal(list, err)
	}
	for _, s := range list {
		if signed := s.Through >= s.From; signed != (s.Machine != 2) || signed && (s.From != 0 || s.Through < s.Last-records.LinkFrames) || s.Name == "" {
			t.Errorf("%+v", s)
		}
	}
	bad := signedLog(t, golden(t), 2, 200)
	_, err = SignedBy(openBytes(t, pondGame(), bad).Log())
	if forged, is := errors.AsType[*matchlog.ForgedError](err); !is || forged.Name != list[0].Name || forged.Machine != list[0].Machine || forged.Key != list[0].Key || forged.From > 200 || forged.Through < 200 || forged.Through-forged.From >= records.LinkFrames {
		t.Errorf("a recording in which %+v is forged in frame 200: %+v", list[0], err)
	}
	v, err := Verify(context.Background(), pondGame(), openBytes(t, pondGame(), bad).Log(), VerifyConfig{})
	if err != nil || v.Forged == nil {
		t.Errorf("a forged recording is verified: %+v, %v", v, err)
	}
}

// TestSignedWords: the command says who has signed, and returns 1 for a forged recording.
func TestSignedWords(t *testing.T) {
	name := filepath.Join(t.TempDir(), "match.vvlog")
	for _, c := range []struct {
		log  []byte
		code int
		want string
	}{
		{signedLog(t, golden(t), 2, -1), ExitAlike, "signed by Ana (frames 0 to "},
		{golden(t), ExitAlike, "nobody has signed what he pressed"},
		{signedLog(t, golden(t), 2, 200), ExitDiffers, `the log is forged: what it has "Ana" press in frames 192 to 215 is not what the player has signed`},
	} {
		os.WriteFile(name, c.log, 0o644)
		var out, errs bytes.Buffer
		if code := Command(pondGame(), []string{"verify", name}, &out, &errs); code != c.code || !strings.Contains(out.String()+errs.String(), c.want) {
			t.Errorf("%d, %s%s, want %q", code, out.String(), errs.String(), c.want)
		}
	}
}
