//go:build !race

package stun_test

import (
	"fmt"
	"net/netip"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// A server tells whoever asks at which address it sees him.
func Example() {
	id := stun.TxID{1, 2, 3} // of chance, outside of examples: it keeps strangers from answering
	request := stun.AddFingerprint(stun.New(stun.BindingRequest, id))

	// The server.
	asked, err := stun.Parse(request)
	if err != nil {
		return // not STUN: somebody else's packet
	}
	from := netip.MustParseAddrPort("203.0.113.7:49152")
	answer := stun.AddXORAddress(stun.New(stun.BindingSuccess, asked.ID()), stun.AttrXORMappedAddress, from)

	// Who has asked.
	m, err := stun.Parse(answer)
	if err != nil || m.ID() != id {
		return
	}
	fmt.Println(m.XORAddress(stun.AttrXORMappedAddress))
	// Output: 203.0.113.7:49152 true
}
