package turn

import (
	"bufio"
	"bytes"
	"errors"
	"testing"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// TestFrames: a stream is taken to pieces; what is too long is skipped, and what is
// no frame ends it.
func TestFrames(t *testing.T) {
	long := message(dataIndication, nil, attr(attrData, make([]byte, 60000)...))
	full := message(stun.BindingSuccess, nil)
	full[2], full[3] = 0xff, 0xec // with the header, 65536: too much for 16 bits
	full = append(full, make([]byte, 0xffec)...)
	stream := bytes.Join([][]byte{{0x40, 1, 0, 1, 9, 0, 0, 0}, long, full, message(refreshRequest|success, nil, lifetime), {0x40, 2, 0xff, 0xff}, make([]byte, 65536), {0x40, 3, 0, 0}, {0x99, 0, 0, 0}}, nil)
	r := bufio.NewReader(bytes.NewReader(stream))
	var b [maxPacket]byte
	for _, want := range [][]byte{{0x40, 1, 0, 1, 9, 0, 0, 0}, message(refreshRequest|success, nil, lifetime), {0x40, 3, 0, 0}} {
		if got, err := readFrame(r, b[:]); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%x, %v; want %x", got, err, want)
		}
	}
	if _, err := readFrame(r, b[:]); !errors.Is(err, errFrame) {
		t.Errorf("at the end: %v", err)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte{0x40, 1, 0, 1, 9, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bufio.NewReader(bytes.NewReader(stream))
		var b [maxPacket]byte
		read := 0
		for {
			frame, err := readFrame(r, b[:])
			if err != nil {
				break
			}
			if len(frame) < channelHeader {
				t.Fatal("a frame without a header")
			}
			if read += len(frame); read > len(stream) {
				t.Fatal("more was read than was there")
			}
		}
	})
}
