package scoreboard

import "strings"

// The other engines' figures, measured in November 2026 with the same inputs, game
// and links, each through its own harness: GGRS 0.13.0 (0cda022c), fortress-rollback
// 0.12.0 (f1d0c472), GekkoNet (b5c6528), GGPO (7ddadef) and assemblaj/ggpo (467f378,
// the Go port), with rustc 1.95.0, g++ 12.2 and go 1.26.8.

// peerCosts are their rows of part A: processor time as a multiple of the row's
// yardstick, all of one run in turns with it, on two cores of an Intel Xeon; and
// allocations per frame, - where they were not counted.
const peerCosts = `
A-live-2 gekkonet 50 32.4
A-live-2 ggrs 63 31.2
A-live-4 gekkonet 78 83.0
A-live-4 ggrs 83 75.7
A-live-8 gekkonet 109 184.0
A-live-8 ggrs 100 164.4
A-lag7-2 gekkonet 127 -
A-lag7-2 ggrs 188 -
A-lag7-4 gekkonet 149 -
A-lag7-4 ggrs 244 -
A-roll7-2 gekkonet 26 41.0
A-roll7-2 ggrs 24 11.0
A-roll7-8 gekkonet 33 137.0
A-roll7-8 ggrs 15 19.0
A-roll7-2-4k gekkonet 2.31 41.0
A-roll7-2-4k ggrs 2.52 18.0
A-roll7-2-64k gekkonet 1.11 41.0
A-roll7-2-64k ggrs 1.16 18.0
A-roll7-2-1m gekkonet in_the_noise 41.0
A-roll7-2-1m ggrs in_the_noise 18.0
`

// peerResults are their network rows: payload B/s, packets/s, B/s with 28 bytes
// of headers, rollbacks, mean and max depth, stalled ticks, seconds, frames,
// longest freeze and resume in ms, states. fortress's F rows are its own
// published ones, of which only payload, packets, rollbacks, median and largest
// depth and stalls in 60 s are known.
const peerResults = `
B1 ggrs 4702 126.7 8250 452 3.57 7 0 60.0 3600 18 - agree
B1 fortress 4945 126.6 8490 454 3.57 7 0 60.0 3600 18 - agree
B1 gekkonet 4883 163.5 9461 452 3.57 8 0 60.0 3600 17 - agree
B1 ggpo 3264 61.2 4978 452 3.58 7 7 60.2 3600 167 - agree
B1 assemblaj 13557 241.0 20305 453 3.32 7 0 60.0 3600 58 - agree
B2 ggrs 4541 126.7 8089 450 3.57 7 0 60.0 3600 18 - agree
B2 fortress 4443 126.6 7988 452 3.57 7 0 60.0 3600 18 - agree
B2 gekkonet 2622 163.5 7200 449 3.57 8 0 60.0 3600 17 - agree
B2 ggpo 2323 61.2 4037 450 3.58 7 7 60.2 3600 167 - agree
B2 assemblaj 9742 241.0 16490 450 3.32 7 0 60.0 3600 58 - agree
B3 ggrs 6189 126.7 9737 2752 3.68 8 0 60.0 3600 18 - agree
B3 fortress 5913 126.6 9458 2810 3.67 8 0 60.0 3600 18 - agree
B3 gekkonet 4885 163.5 9463 2709 3.70 8 0 60.0 3600 17 - agree
B3 ggpo 11707 61.2 13421 2792 3.69 8 7 60.2 3600 167 - agree
B3 assemblaj 13557 241.0 20305 2914 3.38 8 0 60.0 3600 58 - agree
B4 ggrs 15777 377.5 26347 1168 3.59 7 3 60.4 3600 35 - agree
B4 fortress 12738 292.1 20917 1129 2.59 6 1126 75.0 3377 267 - agree
B4 gekkonet 14793 493.6 28614 1166 3.60 8 2 60.0 3600 17 - agree
B4 ggpo 6852 140.7 10792 1150 2.85 7 1107 75.0 3399 383 - agree
B4 assemblaj 35792 654.3 54113 1206 2.99 5 531 68.8 3600 50 - agree
B5 ggrs 4775 129.9 8412 467 3.49 4 0 60.0 3600 17 - agree
B5 fortress 5022 129.9 8659 467 3.49 4 0 60.0 3600 17 - agree
B5 gekkonet 5743 183.8 10890 467 3.51 4 0 60.0 3600 17 - agree
B5 ggpo 3253 61.8 4984 459 3.54 7 2 60.1 3600 100 - agree
B5 assemblaj 13982 241.7 20750 467 3.50 4 0 60.0 3600 25 - agree
B6 ggrs 5429 126.3 8965 452 5.33 7 6 60.2 3600 35 - agree
B6 fortress 5574 126.1 9105 452 5.35 7 8 60.2 3600 37 - agree
B6 gekkonet 6367 163.9 10956 452 5.37 8 0 60.0 3600 17 - agree
B6 ggpo 3849 61.2 5562 453 5.35 7 12 60.2 3600 167 - agree
B6 assemblaj 16148 240.9 22893 456 5.13 7 2 60.0 3600 54 - agree
C1 ggrs 1540 41.4 2699 156 3.61 7 116 61.9 3600 1950 55 DIFFER
C1 fortress 1342 34.1 2296 156 3.52 7 118 75.0 1206 33 never agree
C1 gekkonet 4741 158.3 9173 448 3.57 8 124 62.1 3600 2100 222 agree
C1 ggpo 3167 59.4 4830 451 3.57 7 126 62.2 3600 2000 117 agree
C1 assemblaj 13308 235.4 19899 456 3.32 7 117 62.0 3600 1983 75 agree
C2 ggrs 4558 122.6 7991 453 3.57 7 120 62.0 3600 2017 118 agree
C2 fortress 4794 122.6 8227 454 3.56 7 122 62.1 3600 2000 115 agree
C2 gekkonet 4741 158.3 9173 448 3.57 8 124 62.1 3600 2100 222 agree
C2 ggpo 3167 59.4 4830 451 3.57 7 126 62.2 3600 2000 117 agree
C2 assemblaj 13308 235.4 19899 456 3.32 7 117 62.0 3600 1983 75 agree
C3 ggrs 4313 116.0 7561 450 3.57 7 360 66.0 3600 6017 115 agree
C3 fortress 4524 115.9 7769 452 3.55 7 360 66.0 3600 6000 113 agree
C3 gekkonet 4459 148.8 8625 450 3.61 8 363 66.1 3600 6083 211 agree
C3 ggpo 2993 56.1 4564 454 3.55 7 374 66.3 3600 6117 188 agree
C3 assemblaj 12839 224.7 19131 452 3.36 7 358 66.0 3600 5983 75 agree
C4 ggrs 4632 116.4 7891 440 3.76 7 10 60.3 3600 50 - agree
C4 fortress 4806 116.3 8063 438 3.75 7 8 60.2 3600 50 - agree
C4 gekkonet 4729 156.9 9122 446 3.74 8 2 60.0 3600 34 - agree
C4 ggpo 3313 61.1 5024 442 3.76 7 16 60.4 3600 167 - agree
C4 assemblaj 13650 241.0 20398 447 3.46 7 2 60.0 3600 60 - agree
C5 ggrs 15350 366.7 25618 1168 3.59 7 122 62.3 3600 2033 125 agree
C5 fortress 12411 284.3 20371 1100 2.58 6 1229 75.0 3274 2133 180 agree
C5 gekkonet 14263 475.8 27586 1168 3.60 8 126 62.1 3600 2133 237 agree
C5 ggpo 6689 137.0 10525 1120 2.84 7 1208 75.0 3297 2250 317 agree
C5 assemblaj 35093 640.2 53018 1201 2.99 5 654 70.9 3600 2033 78 agree
F1 fortress 4843 136 - 4 1 1 0 - - - - -
F2 fortress 5363 132 - 2398 2 7 0 - - - - -
F3 fortress 6001 127 - 2560 5 7 15 - - - - -
F4 fortress 18212 389 - 3499 2 7 69 - - - - -
F5 fortress 7119 142 - 4302 2 7 2064 - - - - -
F6 fortress 119910 - - 5216 - - 1218 - - - - -
`

// peersOf returns the lines of a row, cut into their fields without the row's
// name.
func peersOf(table, row string) (lines [][]string) {
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == row {
			lines = append(lines, fields[1:])
		}
	}
	return lines
}
