package invite

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func sample() Invite {
	return Invite{Host: [16]byte{1, 2, 3}, Secret: [8]byte{9, 8, 7}, Offer: bytes.Repeat([]byte{0xa5}, 22), Expires: noon.Add(10 * time.Minute)}
}

func sameInvite(a, b Invite) bool {
	return a.Host == b.Host && a.Secret == b.Secret && bytes.Equal(a.Offer, b.Offer) && a.Expires.Equal(b.Expires)
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
			if got, err := Parse(pasted, noon); err != nil || !sameInvite(got, inv) {
				t.Fatalf("%q: %v, %v", pasted, got, err)
			}
		}
	}
	if text := sample().Text(); len(text) != 75 {
		t.Errorf("an invite of two addresses has %d characters, the documentation says 75", len(text))
	}
}

// Every wrong bit and every cut shows.
func TestInviteDamage(t *testing.T) {
	whole := sample().encode()
	for i := range len(whole) * 8 {
		b := bytes.Clone(whole)
		b[i/8] ^= 1 << (i % 8)
		if got, err := Parse(text64(b), noon); problem(t, err) == 0 {
			t.Fatalf("bit %d: %v", i, got)
		}
	}
	text := sample().Text()
	for i := range text {
		if got, err := Parse(text[:i], noon); problem(t, err) == 0 {
			t.Fatalf("cut to %d: %v", i, got)
		}
	}
}

func TestInviteSentences(t *testing.T) {
	inv := sample()
	reply := Reply{Guest: [16]byte{4}, Offer: []byte("here"), Expires: inv.Expires}
	long := sample()
	long.Offer = make([]byte, MaxOffer+1)
	if long.Validate() == nil || long.Text() != "" {
		t.Error("an offer that is too long was written")
	}
	future := inv.encode()
	future[1] = 0xF7
	for _, c := range []struct {
		name, text string
		now        time.Time
		want       Problem
	}{
		{"good", inv.Text(), noon, 0},
		{"nothing", " \n", noon, Empty},
		{"a short code", "K7QF-3MX9-TD4W", noon, Kind},
		{"a reply", reply.Text(inv.Secret), noon, Kind},
		{"a link", "https://example.com/join", noon, Character},
		{"its beginning is missing", inv.Text()[1:], noon, Character},
		{"another version", text64(seal(future[:len(future)-crcBytes])), noon, Version},
		{"expired", inv.Text(), inv.Expires, Expired},
		{"a book", strings.Repeat("Vv", 1e5), noon, Length},
		{"too many bytes", text64(seal(append(inv.encode(), make([]byte, MaxOffer)...))), noon, Length},
	} {
		if _, err := Parse(c.text, c.now); problem(t, err) != c.want {
			t.Errorf("%s: %v, want problem %d", c.name, err, c.want)
		}
	}
}

func TestReplies(t *testing.T) {
	issued := Issued{Invite: sample(), MaxGuests: 2}
	reply := func(guest byte) Reply {
		return Reply{Guest: [16]byte{guest}, Offer: []byte{guest, 2, 3}, Expires: noon.Add(5 * time.Minute)}
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
		{"an old reply", reply(1).Text(issued.Secret), noon.Add(5 * time.Minute), Expired},
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
	if _, err := ParseReply(text64(seal(b[:len(b)-crcBytes])), issued.Secret, noon); problem(t, err) != Foreign {
		t.Errorf("altered on its way: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	inv := sample()
	f.Add(inv.Text())
	f.Add(inv.Letters())
	f.Add(Reply{Guest: [16]byte{4}, Expires: inv.Expires}.Text(inv.Secret))
	f.Add("Vv")
	f.Add("AV-\u2013")
	f.Fuzz(func(t *testing.T, text string) {
		if inv, err := Parse(text, time.Time{}); problem(t, err) == 0 {
			again, err := Parse(inv.Text(), time.Time{})
			if err != nil || !sameInvite(again, inv) {
				t.Fatalf("%q is %v, which is %v, %v", text, inv, again, err)
			}
		}
		if r, err := ParseReply(text, sample().Secret, time.Time{}); problem(t, err) == 0 {
			if again, err := ParseReply(r.Letters(sample().Secret), sample().Secret, time.Time{}); err != nil || again.Guest != r.Guest {
				t.Fatalf("%q is %v, which is %v, %v", text, r, again, err)
			}
		}
	})
}
