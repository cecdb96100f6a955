package quiclink

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// FuzzFrames takes any bytes apart. Whatever the reader accepts must be what
// the writer writes, and it must not matter how the bytes are cut.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendMessage(nil, []byte("hello")))
	f.Add(appendGoodbye(appendMessage(nil, nil), link.CodeLeft, "left"))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x84, 0x00})
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole := newFrameReader(bytes.NewReader(stream))
		bytewise := newFrameReader(iotest.OneByteReader(bytes.NewReader(stream)))
		var again []byte
		for {
			body, goodbye, err := whole.next()
			other, otherGoodbye, otherErr := bytewise.next()
			if !bytes.Equal(body, other) || (goodbye == nil) != (otherGoodbye == nil) || err != otherErr {
				t.Fatalf("cut differently: %q %v %v, %q %v %v", body, goodbye, err, other, otherGoodbye, otherErr)
			}
			if err != nil {
				if err != errFrame && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("unexpected error %v", err)
				}
				break
			}
			if goodbye != nil {
				if goodbye.Reason != clean(goodbye.Reason) || len(goodbye.Reason) > maxReasonBytes || !goodbye.Remote {
					t.Fatalf("got %+v", goodbye)
				}
				break
			}
			if len(body) > link.MaxMessageBytes || cap(body) > 2*link.MaxMessageBytes {
				t.Fatalf("a message of %d bytes in %d", len(body), cap(body))
			}
			again = appendMessage(again, body)
		}
		if !bytes.HasPrefix(stream, again) {
			t.Fatalf("%x was read from %x", again, stream)
		}
	})
}

func TestGoodbye(t *testing.T) {
	for _, want := range []link.CloseError{
		{Code: link.CodeDone, Remote: true},
		{Code: 1<<32 - 1, Reason: "as long as it may be: " + string(bytes.Repeat([]byte("x"), 178)), Remote: true},
	} {
		_, got, err := newFrameReader(bytes.NewReader(appendGoodbye(nil, want.Code, want.Reason))).next()
		if err != nil || *got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}
