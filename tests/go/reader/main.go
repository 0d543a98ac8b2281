// Command reader is an outside reader of a served log, over HTTP: Go's own sumdb/tlog, the tlog-tiles client of torchwood,
// and the cosignatures of transparency-dev/formats.
//
// It reads one JSON question on standard input and writes one JSON answer. Whatever does not verify ends it with a
// sentence on standard error.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"filippo.io/torchwood"
	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	// Read: a served log, below this address.
	Log   string   `json:"log"`
	Vkey  string   `json:"vkey"`
	Vkeys []string `json:"vkeys"` // cosigners: the log's own ML-DSA-44 key among them
	Old   int64    `json:"old"`
	// Ask: a witness of that log, from size 0 and then again from there.
	Witness      string   `json:"witness"`
	WitnessVkeys []string `json:"witness_vkeys"`
	// Judge: whether every one of these cosigners has signed each note.
	Notes []struct {
		Note  []byte   `json:"note"`
		Vkeys []string `json:"vkeys"`
	} `json:"notes"`
	// Cosign: this text, with fresh keys of both kinds under this name.
	Text string `json:"text"`
	Name string `json:"name"`
}

type answer struct {
	Size        int64     `json:"size"`
	Root        tlog.Hash `json:"root"`
	Entries     [][]byte  `json:"entries"`   // read and authenticated by torchwood
	Included    int       `json:"included"`  // proven one by one by sumdb/tlog, from tiles
	OldRoot     tlog.Hash `json:"old_root"`  // computed from tiles, and proven to be continued
	Cosigners   []string  `json:"cosigners"` // of the published checkpoint
	Witnessed   []string  `json:"witnessed"` // by the witness that was asked
	Refused     int       `json:"refused"`   // its status for a wrong old size
	RefusedSize string    `json:"refused_size"`
	Notes       []bool    `json:"notes"`
	Cosigned    string    `json:"cosigned"`
	CosignVkeys []string  `json:"cosign_vkeys"`
}

func main() {
	log.SetFlags(0)
	var q question
	check(json.NewDecoder(os.Stdin).Decode(&q))
	var a answer
	if q.Log != "" {
		read(q, &a)
	}
	for _, n := range q.Notes {
		opened, err := note.Open(n.Note, note.VerifierList(cosigners(n.Vkeys)...))
		a.Notes = append(a.Notes, err == nil && len(opened.Sigs) == len(n.Vkeys))
	}
	if q.Text != "" {
		cosign(q, &a)
	}
	check(json.NewEncoder(os.Stdout).Encode(a))
}

func read(q question, a *answer) {
	ctx := context.Background()
	verifier, err := note.NewVerifier(q.Vkey)
	check(err)
	published := get(q.Log + "/checkpoint")
	opened, err := note.Open(published, note.VerifierList(append(cosigners(q.Vkeys), verifier)...))
	check(err)
	for _, sig := range opened.Sigs {
		a.Cosigners = append(a.Cosigners, fmt.Sprintf("%s+%08x", sig.Name, sig.Hash))
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	check(err)
	if checkpoint.Origin != verifier.Name() {
		log.Fatalf("the log is called %s", checkpoint.Origin)
	}
	a.Size, a.Root = checkpoint.N, checkpoint.Hash

	fetcher, err := torchwood.NewTileFetcher(q.Log)
	check(err)
	client, err := torchwood.NewClient(fetcher)
	check(err)
	for int64(len(a.Entries)) < a.Size {
		before := len(a.Entries)
		for i, entry := range client.Entries(ctx, checkpoint.Tree, int64(before)) {
			if i != int64(len(a.Entries)) {
				log.Fatalf("entry %d came for %d", i, len(a.Entries))
			}
			a.Entries = append(a.Entries, bytes.Clone(entry))
		}
		check(client.Err())
		if len(a.Entries) == before {
			log.Fatalf("the client stops at %d of %d entries", before, a.Size)
		}
	}

	hashes := tlog.TileHashReader(checkpoint.Tree, tiles{q.Log})
	for i, entry := range a.Entries {
		proof, err := tlog.ProveRecord(a.Size, int64(i), hashes)
		check(err)
		check(tlog.CheckRecord(proof, a.Size, a.Root, int64(i), tlog.RecordHash(entry)))
		a.Included++
	}
	a.OldRoot, err = tlog.TreeHash(q.Old, hashes)
	check(err)
	proof, err := tlog.ProveTree(a.Size, q.Old, hashes)
	check(err)
	check(tlog.CheckTree(proof, a.Size, a.Root, q.Old, a.OldRoot))
	if q.Witness != "" {
		ask(q, a, opened.Text, published, hashes)
	}
}

// ask obtains cosignatures as any C2SP log would, and lets the witness refuse a wrong old size.
func ask(q question, a *answer, text string, published []byte, hashes tlog.HashReader) {
	for _, old := range []int64{0, a.Size} {
		status, _, body := post(q.Witness+"/add-checkpoint", request(old, a.Size, published, hashes))
		if status != http.StatusOK {
			log.Fatalf("the witness answers %d: %s", status, body)
		}
		opened, err := note.Open([]byte(text+"\n"+string(body)), note.VerifierList(cosigners(q.WitnessVkeys)...))
		check(err)
		a.Witnessed = nil
		for _, sig := range opened.Sigs {
			a.Witnessed = append(a.Witnessed, fmt.Sprintf("%s+%08x", sig.Name, sig.Hash))
		}
	}
	status, kind, body := post(q.Witness+"/add-checkpoint", request(q.Old, a.Size, published, hashes))
	if kind != "text/x.tlog.size" {
		log.Fatalf("the witness refuses as %s", kind)
	}
	a.Refused, a.RefusedSize = status, string(body)
}

func request(old, size int64, published []byte, hashes tlog.HashReader) string {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", old)
	if old > 0 {
		proof, err := tlog.ProveTree(size, old, hashes)
		check(err)
		for _, hash := range proof {
			fmt.Fprintln(&b, hash)
		}
	}
	fmt.Fprintf(&b, "\n%s", published)
	return b.String()
}

func cosign(q question, a *answer) {
	skey, vkey, err := formats.GenerateMLDSAKey(q.Name)
	check(err)
	quantum, err := formats.NewMLDSASigner(skey)
	check(err)
	plainSkey, plainVkey, err := note.GenerateKey(nil, q.Name)
	check(err)
	plain, err := formats.NewSignerForCosignatureV1(plainSkey)
	check(err)
	plainVkey, err = formats.VKeyToCosignatureV1(plainVkey)
	check(err)
	signed, err := note.Sign(&note.Note{Text: q.Text}, plain, quantum)
	check(err)
	a.Cosigned, a.CosignVkeys = string(signed), []string{plainVkey, vkey}
}

func cosigners(vkeys []string) (verifiers []note.Verifier) {
	for _, vkey := range vkeys {
		verifier, err := formats.NewVerifierForCosignatureV1(vkey)
		check(err)
		verifiers = append(verifiers, verifier)
	}
	return verifiers
}

// tiles reads hash tiles for sumdb/tlog, whose paths have the height of tiles in them.
type tiles struct{ log string }

func (tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range wanted {
		data = append(data, get(t.log+"/"+torchwood.TilePath(tile)))
	}
	return data, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func get(url string) []byte {
	response, err := http.Get(url)
	check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(err)
	if response.StatusCode != http.StatusOK {
		log.Fatalf("%s answers %s", url, response.Status)
	}
	return body
}

func post(url, body string) (int, string, []byte) {
	response, err := http.Post(url, "text/plain", strings.NewReader(body))
	check(err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	check(err)
	return response.StatusCode, response.Header.Get("Content-Type"), answer
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
