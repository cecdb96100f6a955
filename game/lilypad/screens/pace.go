package screens

import "fmt"

// pace finds out whether this computer draws and plays as fast as it should.
type pace struct {
	slow int  // ticks in a row
	told bool // once a match is enough
}

// What is too slow, and for how many ticks, before the player is told.
const (
	slowPictures  = 30
	slowTicks     = 54
	slowForTicks  = 180
	unknownPerSec = 1 // less is measured only before there is a second to measure
)

// observe takes what Ebitengine has measured of the last second, once per tick. It
// returns, once, what to do about it.
func (c *pace) observe(picturesPerSec, ticksPerSec float64) (words string) {
	if picturesPerSec < unknownPerSec || picturesPerSec >= slowPictures && ticksPerSec >= slowTicks {
		c.slow = 0
		return ""
	}
	if c.slow++; c.slow < slowForTicks || c.told {
		return ""
	}
	c.told = true
	return fmt.Sprintf("This computer draws %.0f pictures a second: take a smaller window, or turn effects off (Options, Picture).", picturesPerSec)
}
