//go:build !race

package invite_test

import (
	"fmt"

	"github.com/visavis-netcode/visavis/nat/invite"
)

// A wrong letter is noticed while the player types, before anything is sent.
func ExampleParseCode() {
	code, err := invite.ParseCode("k7qf3mx9td4w")
	fmt.Println(code, err)
	_, err = invite.ParseCode("K7QF-3MX9-TD4V")
	fmt.Println(err)
	// Output:
	// K7QF-3MX9-TD4W <nil>
	// This code has a wrong character or two that are swapped: compare it with the host's.
}
