package invite

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"time"
)

// MaxOffer is the most bytes of addresses that an invite or a reply carries.
const MaxOffer = 64

// Invite is everything a guest needs to reach a host without a server.
type Invite struct {
	Host   [16]byte // KeyHash of the host's public key: whom to expect
	Secret [8]byte  // lets its bearer in; see Check
	Offer  []byte   // the host's addresses, at most MaxOffer bytes; opaque here
}

// Reply tells the host where the guest is.
type Reply struct {
	Guest [16]byte // KeyHash of the guest's public key
	Offer []byte   // the guest's addresses, at most MaxOffer bytes
}

// An invite and a reply are, in this order and big-endian:
//
//	magic 0x56 0xF2, plus 1 for a reply   2 bytes
//	key hash of the sender               16
//	secret; in a reply, the proof of it   8
//	offer                           0 to 64
//	CRC-32 (IEEE) of all above            4
//
// With the 22 bytes of two IPv4 addresses, a port and a NAT description that
// is 52 bytes: 70 characters. As base64url (RFC 4648) without padding each
// begins with "Vv", in Crockford's letters with "AV".
//
// Until when an invite is good does not stand in it: two clocks may differ by
// hours, and only that of the host counts.
const (
	magicInvite = 0x56F2
	magicReply  = 0x56F3
	magicAll    = 0x56F0 // of all versions; the last four bits differ

	headBytes  = 2 + 16 + 8
	crcBytes   = 4
	maxMessage = headBytes + MaxOffer + crcBytes
)

// KeyHash stands for a public key: the first half of its SHA-256. Nobody can make
// a second key that has the hash of a given one.
func KeyHash(key [32]byte) [16]byte {
	sum := sha256.Sum256(key[:])
	return [16]byte(sum[:16])
}

// NewSecret draws the secret of an invite.
func NewSecret(random io.Reader) (secret [8]byte, err error) {
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return secret, fmt.Errorf("invite: no random numbers for a secret: %w", err)
	}
	return secret, nil
}

// Text is the invite as text to paste: letters, digits, - and _. It is "" if
// Offer is too long; see Validate.
func (inv Invite) Text() string { return text64(inv.encode()) }

// Letters is the invite in capital letters and digits only: longer, but fit to
// be read out, and a QR code packs it tightest (its alphanumeric mode).
func (inv Invite) Letters() string { return letters(inv.encode()) }

// Validate says what keeps an invite from being sent; its sentence is for
// whoever wrote the program.
func (inv Invite) Validate() error { return validate(inv.Offer) }

// Parse reads an invite that a player pasted, as Text or as Letters. The error
// is an *Error with a sentence for the player.
func Parse(text string) (Invite, error) {
	b, err := decodeText(text, magicInvite)
	if err != nil {
		return Invite{}, err
	}
	return Invite{Host: [16]byte(b[2:18]), Secret: [8]byte(b[18:26]), Offer: offer(b)}, nil
}

// Text is the reply as text to paste. It does not contain the secret, only the
// proof of knowing it, so a reply may be seen by others. It is "" if Offer is
// too long.
func (r Reply) Text(secret [8]byte) string { return text64(r.encode(secret)) }

// Letters is the reply in capital letters and digits only, as for an Invite.
func (r Reply) Letters(secret [8]byte) string { return letters(r.encode(secret)) }

// Validate says what keeps a reply from being sent.
func (r Reply) Validate() error { return validate(r.Offer) }

// ParseReply reads a reply to the invite that has this secret.
func ParseReply(text string, secret [8]byte) (Reply, error) {
	b, err := decodeText(text, magicReply)
	if err != nil {
		return Reply{}, err
	}
	if proof := replyProof(b, secret); !hmac.Equal(proof[:], b[18:26]) {
		return Reply{}, &Error{Foreign, "This reply answers another invite: send your guest the present one and ask for its reply."}
	}
	return Reply{Guest: [16]byte(b[2:18]), Offer: offer(b)}, nil
}

// Issued is an invite on the host's side: it knows who came with it.
type Issued struct {
	Invite
	Expires   time.Time // by the host's own clock
	MaxGuests int       // how many different guests may come; 0 stands for 1

	guests [][16]byte // at most MaxGuests
}

// Accept reads a reply and lets its guest in, unless the invite has expired or
// is used up. The same guest may come again, with new addresses.
func (i *Issued) Accept(text string, now time.Time) (Reply, error) {
	if !now.Before(i.Expires) {
		return Reply{}, &Error{Expired, "Your invite has expired: make a new one and send it to your guest."}
	}
	r, err := ParseReply(text, i.Secret)
	if err != nil {
		return Reply{}, err
	}
	if !i.admit(r.Guest) {
		return Reply{}, &Error{UsedUp, "This invite is used up: make a new one for another guest."}
	}
	return r, nil
}

// Admit lets a guest in who has come by itself and has proven to know the
// invite. The sentence of its *Error is for the guest.
func (i *Issued) Admit(guest [16]byte, now time.Time) error {
	switch {
	case !now.Before(i.Expires):
		return &Error{Expired, "This invite has expired: ask the host for a new one."}
	case !i.admit(guest):
		return &Error{UsedUp, "This invite is used up: ask the host for a new one."}
	}
	return nil
}

func (i *Issued) admit(guest [16]byte) bool {
	if slices.Contains(i.guests, guest) {
		return true
	}
	if len(i.guests) >= max(i.MaxGuests, 1) {
		return false
	}
	i.guests = append(i.guests, guest)
	return true
}

func validate(offer []byte) error {
	if len(offer) > MaxOffer {
		return fmt.Errorf("invite: the offer has %d bytes, at most %d", len(offer), MaxOffer)
	}
	return nil
}

func (inv Invite) encode() []byte {
	return seal(head(magicInvite, inv.Host, inv.Secret, inv.Offer))
}

func (r Reply) encode(secret [8]byte) []byte {
	b := head(magicReply, r.Guest, [8]byte{}, r.Offer)
	if b == nil {
		return nil
	}
	proof := replyProof(append(b, make([]byte, crcBytes)...), secret)
	copy(b[18:26], proof[:])
	return seal(b)
}

// head is a message without its CRC, nil if it cannot be sent.
func head(magic uint16, key [16]byte, secret [8]byte, offer []byte) []byte {
	if validate(offer) != nil {
		return nil
	}
	b := make([]byte, 0, maxMessage)
	b = binary.BigEndian.AppendUint16(b, magic)
	b = append(b, key[:]...)
	b = append(b, secret[:]...)
	return append(b, offer...)
}

// seal appends the CRC.
func seal(b []byte) []byte {
	if b == nil {
		return nil
	}
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// replyProof is the MAC of a whole message but for the proof itself and the CRC.
func replyProof(b []byte, secret [8]byte) [8]byte {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("visavis reply v2\x00"))
	mac.Write(b[:18])
	mac.Write(b[26 : len(b)-crcBytes])
	return [8]byte(mac.Sum(nil))
}

// offer reads a message that decodeText has let through.
func offer(b []byte) []byte { return b[headBytes : len(b)-crcBytes] }
