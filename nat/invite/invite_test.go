//go:build !race

package invite

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func sample() Invite {
	return Invite{Host: [16]byte{1, 2, 3}, Secret: [8]byte{9, 8, 7}, Offer: bytes.Repeat([]byte{0xa5}, 22)}
}

func sameInvite(a, b Invite) bool {
	return a.Host == b.Host && a.Secret == b.Secret && bytes.Equal(a.Offer, b.Offer)
}

func TestInviteRoundTrip(t *testing.T) {
	for size := range MaxOffer + 1 {
		inv := sample()
		inv.Offer = bytes.Repeat([]byte{byte(size)}, size)
		if err := inv.Validate(); err != nil {
			t.Fatal(err)
		}
		text, letters := inv.Text(), inv.Letters()
		if !strings.HasPrefix(text, "Vv") || !strings.HasPrefix(letters, "AV") {
			t.Fatalf("%s and %s", text, letters)
		}
		for _, pasted := range []string{
			text, "\u201c" + text + "\u201d", text[:30] + "\r\n  " + text[30:], "<" + text + ">\u200b",
			letters, strings.ToLower(letters), letters[:8] + "-" + letters[8:20] + " " + letters[20:],
		} {
			if got, err := Parse(pasted); err != nil || !sameInvite(got, inv) {
				t.Fatalf("%q: %v, %v", pasted, got, err)
			}
		}
	}
	if text := sample().Text(); len(text) != 70 {
		t.Errorf("an invite of two addresses has %d characters, the documentation says 70", len(text))
	}
}

// Every wrong bit and every cut shows.
func TestInviteDamage(t *testing.T) {
	whole := sample().encode()
	for i := range len(whole) * 8 {
		b := bytes.Clone(whole)
		b[i/8] ^= 1 << (i % 8)
		if got, err := Parse(text64(b)); problem(t, err) == 0 {
			t.Fatalf("bit %d: %v", i, got)
		}
	}
	text := sample().Text()
	for i := range text {
		if got, err := Parse(text[:i]); problem(t, err) == 0 {
			t.Fatalf("cut to %d: %v", i, got)
		}
	}
}

func TestInviteSentences(t *testing.T) {
	inv := sample()
	reply := Reply{Guest: [16]byte{4}, Offer: []byte("here")}
	long := sample()
	long.Offer = make([]byte, MaxOffer+1)
	if long.Validate() == nil || long.Text() != "" {
		t.Error("an offer that is too long was written")
	}
	future := inv.encode()
	future[1] = 0xF7
	for _, c := range []struct {
		name, text string
		want       Problem
	}{
		{"good", inv.Text(), 0},
		{"nothing", " \n", Empty},
		{"a short code", "K7QF-3MX9-TD4W", Kind},
		{"a reply", reply.Text(inv.Secret), Kind},
		{"a link", "https://example.com/join", Character},
		{"its beginning is missing", inv.Text()[1:], Character},
		{"another version", text64(seal(future[:len(future)-crcBytes])), Version},
		{"an earlier version", text64(seal(append([]byte{0x56, 0xf0}, future[2:len(future)-crcBytes]...))), Version},
		{"a book", strings.Repeat("Vv", 1e5), Length},
		{"too many bytes", text64(seal(append(inv.encode(), make([]byte, MaxOffer)...))), Length},
	} {
		if _, err := Parse(c.text); problem(t, err) != c.want {
			t.Errorf("%s: %v, want problem %d", c.name, err, c.want)
		}
	}
}

func TestReplies(t *testing.T) {
	issued := Issued{Invite: sample(), Expires: noon.Add(10 * time.Minute), MaxGuests: 2}
	reply := func(guest byte) Reply {
		return Reply{Guest: [16]byte{guest}, Offer: []byte{guest, 2, 3}}
	}
	for _, c := range []struct {
		name, text string
		now        time.Time
		want       Problem
	}{
		{"an invite", issued.Text(), noon, Kind},
		{"another invite's", reply(1).Text([8]byte{1}), noon, Foreign},
		{"the first guest", reply(1).Text(issued.Secret), noon, 0},
		{"the first guest again", reply(1).Letters(issued.Secret), noon, 0},
		{"the second guest", reply(2).Text(issued.Secret), noon, 0},
		{"a third", reply(3).Text(issued.Secret), noon, UsedUp},
		{"the first once more", reply(1).Text(issued.Secret), noon, 0},
		{"the first, just in time", reply(1).Text(issued.Secret), noon.Add(10*time.Minute - 1), 0},
		{"the first, just too late", reply(1).Text(issued.Secret), noon.Add(10 * time.Minute), Expired},
		{"an old invite", reply(1).Text(issued.Secret), noon.Add(time.Hour), Expired},
	} {
		got, err := issued.Accept(c.text, c.now)
		if problem(t, err) != c.want {
			t.Errorf("%s: %v, want problem %d", c.name, err, c.want)
		}
		if err == nil && (got.Guest[0] != got.Offer[0] || len(got.Offer) != 3) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	// Who needs no reply counts too.
	for _, c := range []struct {
		name  string
		guest byte
		now   time.Time
		want  Problem
	}{
		{"the first guest", 1, noon, 0}, {"a fourth", 4, noon, UsedUp}, {"the second, late", 2, noon.Add(time.Hour), Expired},
	} {
		if err := issued.Admit([16]byte{c.guest}, c.now); problem(t, err) != c.want {
			t.Errorf("%s came: %v, want problem %d", c.name, err, c.want)
		}
	}
	// A reply gives nothing away to those who see it.
	if b := reply(1).encode(issued.Secret); bytes.Contains(b, issued.Secret[:]) {
		t.Error("the secret stands in the reply")
	}
	// An altered reply is none, even with its CRC made good.
	b := reply(1).encode(issued.Secret)
	b[headBytes] ^= 1
	if _, err := ParseReply(text64(seal(b[:len(b)-crcBytes])), issued.Secret); problem(t, err) != Foreign {
		t.Errorf("altered on its way: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	inv := sample()
	f.Add(inv.Text())
	f.Add(inv.Letters())
	f.Add(Reply{Guest: [16]byte{4}}.Text(inv.Secret))
	f.Add("Vv")
	f.Add("AV-\u2013")
	f.Fuzz(func(t *testing.T, text string) {
		if inv, err := Parse(text); problem(t, err) == 0 {
			again, err := Parse(inv.Text())
			if err != nil || !sameInvite(again, inv) {
				t.Fatalf("%q is %v, which is %v, %v", text, inv, again, err)
			}
		}
		if r, err := ParseReply(text, sample().Secret); problem(t, err) == 0 {
			if again, err := ParseReply(r.Letters(sample().Secret), sample().Secret); err != nil || again.Guest != r.Guest {
				t.Fatalf("%q is %v, which is %v, %v", text, r, again, err)
			}
		}
	})
}

// TestRefusal: a guest takes only what the host of its invite says to it.
func TestRefusal(t *testing.T) {
	secret, guest := sample().Secret, [16]byte{4}
	for _, want := range []Problem{Expired, Closed} {
		good := Refusal(secret, guest, want)
		if err := ParseRefusal(good, secret, guest); err == nil || err.Problem != want || err.Reason == "" {
			t.Errorf("%v was read as %v", want, err)
		}
		if ParseRefusal(good, [8]byte{1}, guest) != nil || ParseRefusal(good, secret, [16]byte{5}) != nil {
			t.Error("another's refusal was taken")
		}
		for n := range good {
			bad := bytes.Clone(good)
			bad[n] ^= 1
			if ParseRefusal(good[:n], secret, guest) != nil || ParseRefusal(bad, secret, guest) != nil {
				t.Errorf("cut or changed at %d it was taken", n)
			}
		}
	}
	if ParseRefusal(Refusal(secret, guest, Kind), secret, guest) != nil {
		t.Error("a refusal for a reason that there is not")
	}
}

func FuzzParseRefusal(f *testing.F) {
	secret, guest := sample().Secret, [16]byte{4}
	f.Add(Refusal(secret, guest, Expired))
	f.Add(Refusal(secret, guest, UsedUp))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := ParseRefusal(b, secret, guest); err != nil && !bytes.Equal(b, Refusal(secret, guest, err.Problem)) {
			t.Errorf("%x passed", b)
		}
	})
}
