// Package examples holds one idea a folder. Each runs without flags:
//
//	go run ./examples/local
package examples
