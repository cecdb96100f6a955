package scoreboard

import "slices"

// Result is one network row: of one peer with one seed, or the medians over
// all peers and all seeds. Per peer and summed over its links.
type Result struct {
	Row               string  `json:"row"`
	PayloadBps        float64 `json:"payloadBps"`    // bytes a second handed to the links in input datagrams
	PacketsPerSec     float64 `json:"packetsPerSec"` // such datagrams
	WireBps           float64 `json:"wireBps"`       // UDP bytes a second with 28 bytes of headers a packet; 0: not measured
	WirePacketsPerSec float64 `json:"wirePacketsPerSec"`
	Rollbacks         float64 `json:"rollbacks"`
	MeanDepth         float64 `json:"meanDepth"` // frames
	MaxDepth          float64 `json:"maxDepth"`
	Stalls            float64 `json:"stalls"`       // ticks that stepped no new frame
	MostStalls        float64 `json:"mostStalls"`   // of any peer with any seed
	LongestStall      int     `json:"longestStall"` // most such ticks on end, of any peer with any seed
	Seconds           float64 `json:"seconds"`      // for 3,600 frames
	Frames            int     `json:"frames"`       // fewest, of any peer with any seed
	LongestFreezeMs   float64 `json:"longestFreezeMs"`
	ResumeMs          float64 `json:"resumeMs"`     // from the end of the darkness to the next new frame; 0: it was not dark
	WireResumeMs      float64 `json:"wireResumeMs"` // ResumeMs over quic-go
	Agree             bool    `json:"agree"`        // all peers have stepped the same worlds, with every seed
}

// summary puts the results of all peers and seeds of a row into one.
func summary(all []Result) Result {
	sum := all[0]
	for _, f := range []func(*Result) *float64{
		func(r *Result) *float64 { return &r.PayloadBps },
		func(r *Result) *float64 { return &r.PacketsPerSec },
		func(r *Result) *float64 { return &r.WireBps },
		func(r *Result) *float64 { return &r.WirePacketsPerSec },
		func(r *Result) *float64 { return &r.Rollbacks },
		func(r *Result) *float64 { return &r.MeanDepth },
		func(r *Result) *float64 { return &r.MaxDepth },
		func(r *Result) *float64 { return &r.Stalls },
		func(r *Result) *float64 { return &r.Seconds },
		func(r *Result) *float64 { return &r.LongestFreezeMs },
		func(r *Result) *float64 { return &r.ResumeMs },
	} {
		values := make([]float64, len(all))
		for i := range all {
			values[i] = *f(&all[i])
		}
		*f(&sum) = median(values)
	}
	for _, r := range all {
		sum.Agree = sum.Agree && r.Agree
		sum.Frames = min(sum.Frames, r.Frames)
		sum.LongestStall = max(sum.LongestStall, r.LongestStall)
		sum.MostStalls = max(sum.MostStalls, r.Stalls)
	}
	return sum
}

// median of an even number of values is the mean of the two in the middle.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
