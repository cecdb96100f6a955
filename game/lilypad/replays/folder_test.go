//go:build !race

package replays

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// save writes a recording of a few bytes.
func save(t *testing.T, f Folder, began time.Time) string {
	t.Helper()
	d := f.Begin(began)
	if d.Path() != "" {
		t.Error("there is a file before anything is written")
	}
	for range 3 {
		if _, err := d.Write([]byte("frog")); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return d.Path()
}

func names(t *testing.T, folder string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// The newest matches are kept, and favourites; what the game has not made itself stays.
func TestTheNewestAreKept(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "deep", "replays")}
	first := save(t, f, began)
	favourite, err := f.Favour(first, true)
	if err != nil || filepath.Dir(favourite) != filepath.Join(f.Path, "favourites") {
		t.Fatalf("%s, %v", favourite, err)
	}
	for _, name := range []string{"🐸🎩" + Ending, "holiday.png", "lilypad-best" + Ending} {
		if err := os.WriteFile(filepath.Join(f.Path, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range Kept + 9 {
		save(t, f, began.Add(time.Duration(i+1)*time.Second))
	}
	var ours, others []string
	for _, name := range names(t, f.Path) {
		if strings.HasPrefix(name, "lilypad-2026") {
			ours = append(ours, name)
		} else {
			others = append(others, name)
		}
	}
	if len(ours) != Kept || ours[0] != "lilypad-2026-11-29-160243"+Ending || len(others) != 4 {
		t.Errorf("%d of ours from %s on, and %q", len(ours), ours[0], others)
	}
	files, total, err := f.List()
	if err != nil || total != Kept+3 || len(files) != total {
		t.Fatalf("%d of %d files, %v", len(files), total, err)
	}
	marked := 0
	for _, file := range files {
		if file.Favourite {
			marked++
		}
		if file.Favourite != (file.Path == favourite) {
			t.Errorf("%+v", file)
		}
	}
	if back, err := f.Favour(favourite, false); err != nil || back != first || marked != 1 {
		t.Errorf("%s, %v; %d favourites", back, err, marked)
	}
}

// Two copies of the game that save in the same second have two files, and a favourite takes
// nobody's place.
func TestTwoCopiesAtOnce(t *testing.T) {
	f := Folder{t.TempDir()}
	a, b := f.Begin(began), f.Begin(began)
	for range 4 {
		a.Write([]byte("Ana"))
		b.Write([]byte("Ben"))
	}
	a.Close()
	b.Close()
	for path, want := range map[string]string{a.Path(): "AnaAnaAnaAna", b.Path(): "BenBenBenBen"} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	one, err := f.Favour(a.Path(), true)
	if err != nil {
		t.Fatal(err)
	}
	again := save(t, f, began)
	if again != a.Path() {
		t.Fatalf("it is called %s", again)
	}
	two, err := f.Favour(again, true)
	if err != nil || one == two {
		t.Fatalf("%s, %v", two, err)
	}
	if got, _ := os.ReadFile(one); string(got) != "AnaAnaAnaAna" {
		t.Errorf("the first favourite is %q", got)
	}
	if _, err := f.Favour(b.Path()+"x", true); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("a file that is gone: %v", err)
	}
}

// Where nothing can be written the writer is told, and nothing is left; what is dropped goes.
func TestNowhereToWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := Folder{filepath.Join(file, "replays")}.Begin(began)
	if n, err := d.Write([]byte("frog")); err == nil || n != 0 || d.Path() != "" || d.Close() != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	f := Folder{t.TempDir()}
	d = f.Begin(began)
	d.Write([]byte("frog"))
	d.Drop()
	if d.Close(); len(names(t, f.Path)) != 0 {
		t.Errorf("dropped, and there is %q", names(t, f.Path))
	}
	d = f.Begin(began)
	d.Write(nil) // as much as a full disk takes
	if d.Close(); len(names(t, f.Path)) != 0 {
		t.Errorf("nothing was written, and there is %q", names(t, f.Path))
	}
	if files, total, err := (Folder{filepath.Join(f.Path, "none")}).List(); files != nil || total != 0 || err != nil {
		t.Errorf("no folder: %v, %v", files, err)
	}
	if _, _, err := (Folder{file}).List(); err == nil {
		t.Error("a folder that is a file is listed")
	}
}

// Of ten thousand files the newest are listed, and none is deleted.
func TestTenThousandFiles(t *testing.T) {
	f := Folder{t.TempDir()}
	for i := range 10_000 {
		if err := os.WriteFile(filepath.Join(f.Path, fmt.Sprintf("friend %d%s", i, strings.ToUpper(Ending))), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	newest := save(t, f, began)
	later := time.Now().Add(time.Hour)
	os.Chtimes(newest, later, later)
	files, total, err := f.List()
	if err != nil || total != 10_001 || len(files) != MaxListed || files[0].Path != newest {
		t.Errorf("%d of %d files, %v", len(files), total, err)
	}
}
