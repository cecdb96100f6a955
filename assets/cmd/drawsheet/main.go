// Drawsheet draws the sprite sheet of the game and its index into a folder:
//
//	go run ./assets/cmd/drawsheet -out assets
package main

import (
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"

	"github.com/visavis-netcode/visavis/assets/draw"
)

func main() {
	out := flag.String("out", "assets", "folder for sheet.png and sheet.txt")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "drawsheet:", err)
		os.Exit(1)
	}
}

// run writes both files.
func run(folder string) error {
	sheet, index, err := draw.Sheet()
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(folder, "sheet.png"))
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(file, sheet); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "sheet.txt"), []byte(index), 0o644)
}
