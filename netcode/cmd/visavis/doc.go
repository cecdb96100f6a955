// Visavis is the engine's command without a window.
//
//	go run ./netcode/cmd/visavis scoreboard             // measure the engine beside others
//	go run ./netcode/cmd/visavis scoreboard -row B4     // one row (or several: -row B1,B4)
//	go run ./netcode/cmd/visavis scoreboard -seeds 1-3 -json
//	go run ./netcode/cmd/visavis netcheck               // what lies between this machine and others
//	go run ./netcode/cmd/visavis logcat match.vvlog     // a recorded match as JSON lines
//	go run ./netcode/cmd/visavis desync ana.vvlog ben.vvlog // why worlds differed, by two recordings
package main
