package rules

import "github.com/visavis-netcode/visavis/rollback"

var idle = rollback.InputsOf[Pad]()
