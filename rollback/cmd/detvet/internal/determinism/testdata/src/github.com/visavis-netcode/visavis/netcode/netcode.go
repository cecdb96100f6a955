// Package netcode is as much of the engine as games need to be looked at.
package netcode

import "github.com/visavis-netcode/visavis/rollback"

type Setup struct{ Seed uint64 }

type Config[S, I any] struct {
	Start func(Setup) S
	Step  func(*S, rollback.Inputs[I])
	Over  func(*S) bool
}
