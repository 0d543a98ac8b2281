// Command judge is an independent judge of notes, proofs and tiles: Go's own sumdb/note and sumdb/tlog.
//
// It reads one JSON question on standard input and writes one JSON answer. It verifies what our code made, and makes
// a log of its own for our code to verify.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Notes []struct {
		Note  []byte   `json:"note"`
		Vkeys []string `json:"vkeys"`
	} `json:"notes"`
	Inclusion []struct {
		Index int64            `json:"index"`
		Size  int64            `json:"size"`
		Leaf  tlog.Hash        `json:"leaf"`
		Path  tlog.RecordProof `json:"path"`
		Root  tlog.Hash        `json:"root"`
	} `json:"inclusion"`
	Consistency []struct {
		Old     int64          `json:"old"`
		New     int64          `json:"new"`
		Path    tlog.TreeProof `json:"path"`
		OldRoot tlog.Hash      `json:"old_root"`
		NewRoot tlog.Hash      `json:"new_root"`
	} `json:"consistency"`
	Make struct {
		Origin string   `json:"origin"`
		Seed   []byte   `json:"seed"`
		Leaves [][]byte `json:"leaves"`
		Old    int64    `json:"old"`
	} `json:"make"`
}

type opened struct {
	Signed int    `json:"signed"` // signatures by known keys, all of them good; 0 where the note is refused
	Text   string `json:"text"`
}

type made struct {
	Vkey        string             `json:"vkey"`
	Note        string             `json:"note"`
	Root        tlog.Hash          `json:"root"`
	OldRoot     tlog.Hash          `json:"old_root"`
	Inclusion   []tlog.RecordProof `json:"inclusion"`
	Consistency tlog.TreeProof     `json:"consistency"`
	Tiles       map[string][]byte  `json:"tiles"`
}

type answer struct {
	Notes       []opened `json:"notes"`
	Inclusion   []bool   `json:"inclusion"`
	Consistency []bool   `json:"consistency"`
	Made        *made    `json:"made"`
}

func main() {
	var q question
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		log.Fatal(err)
	}
	var a answer
	for _, n := range q.Notes {
		a.Notes = append(a.Notes, open(n.Note, n.Vkeys))
	}
	for _, p := range q.Inclusion {
		a.Inclusion = append(a.Inclusion, tlog.CheckRecord(p.Path, p.Size, p.Root, p.Index, p.Leaf) == nil)
	}
	for _, p := range q.Consistency {
		a.Consistency = append(a.Consistency, tlog.CheckTree(p.Path, p.New, p.NewRoot, p.Old, p.OldRoot) == nil)
	}
	if len(q.Make.Leaves) > 0 {
		a.Made = grow(q.Make.Origin, q.Make.Seed, q.Make.Leaves, q.Make.Old)
	}
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		log.Fatal(err)
	}
}

func open(msg []byte, vkeys []string) opened {
	var verifiers []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			log.Fatalf("%s: %v", vkey, err)
		}
		verifiers = append(verifiers, verifier)
	}
	n, err := note.Open(msg, note.VerifierList(verifiers...))
	if err != nil {
		return opened{}
	}
	return opened{Signed: len(n.Sigs), Text: n.Text}
}

func grow(origin string, seed []byte, leaves [][]byte, old int64) *made {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashes(int64(i), leaf, reader)
		check(err)
		stored = append(stored, hashes...)
	}
	size := int64(len(leaves))
	m := &made{Tiles: map[string][]byte{}}
	var err error
	m.Root, err = tlog.TreeHash(size, reader)
	check(err)
	m.OldRoot, err = tlog.TreeHash(old, reader)
	check(err)
	m.Consistency, err = tlog.ProveTree(size, old, reader)
	check(err)
	for i := range leaves {
		proof, err := tlog.ProveRecord(size, int64(i), reader)
		check(err)
		m.Inclusion = append(m.Inclusion, proof)
	}
	for _, tile := range tlog.NewTiles(8, old, size) {
		m.Tiles[tile.Path()], err = tlog.ReadTileData(tile, reader)
		check(err)
	}
	m.Vkey, m.Note = sign(origin, seed, fmt.Sprintf("%s\n%d\n%s\n", origin, size, m.Root))
	return m
}

func sign(name string, seed []byte, text string) (vkey, signed string) {
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(name, public)
	check(err)
	hash := sha256.Sum256(append([]byte(name+"\n\x01"), public...))
	skey := fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, binary.BigEndian.Uint32(hash[:4]),
		base64.StdEncoding.EncodeToString(append([]byte{1}, seed...)))
	signer, err := note.NewSigner(skey)
	check(err)
	msg, err := note.Sign(&note.Note{Text: text}, signer)
	check(err)
	return vkey, string(msg)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
