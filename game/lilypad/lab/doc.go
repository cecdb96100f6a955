// Package lab is the Lab: two to four complete machines of Lilypad Scrum in one
// window, each with its own view of the match, over a network of memory whose
// delay, jitter and loss are sliders. The player drives the first machine's
// frog; bots play at the others.
//
//	l := lab.New(lab.Config{})
//	l.Update(reader.Read(), pad)   // once per tick
//	l.Draw(painter)                // changes nothing but what it has measured
//
// It plays the same round in three ways. With rollback every machine guesses
// the others' inputs and repairs its world when they arrive. Delay-based, every
// input is held back until it has reached everybody. With no correction each
// machine takes inputs as they come and never looks back, so the worlds drift
// apart, and the Lab counts how far.
//
// With Config.Guide it begins with a guided minute: steps of one sentence and one
// thing to press, and the time from key to picture, measured.
package lab
