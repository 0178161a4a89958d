// A function with Go's own HTTP server: server PORT
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

func main() {
	block := make([]byte, 65536)
	for i := range block {
		block[i] = byte(i)
	}
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		// Go's server reads no more of a body once an answer has begun.
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})
	http.HandleFunc("/sum", func(w http.ResponseWriter, r *http.Request) {
		digest := sha256.New()
		io.Copy(digest, r.Body)
		fmt.Fprintf(w, "%x", digest.Sum(nil))
	})
	http.HandleFunc("/download", func(w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(r.URL.Query().Get("size"))
		w.Header().Set("Content-Length", strconv.Itoa(size))
		for ; size > 0; size -= len(block) {
			if size < len(block) {
				w.Write(block[:size])
			} else {
				w.Write(block)
			}
		}
	})
	http.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; i < 5; i++ {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
	})
	http.HandleFunc("/seen", func(w http.ResponseWriter, r *http.Request) {
		fields := [][2]string{}
		for name, values := range r.Header {
			for _, value := range values {
				fields = append(fields, [2]string{name, value})
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"path": r.URL.Path, "query": r.URL.RawQuery, "host": r.Host, "fields": fields})
	})
	http.HandleFunc("/fails", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "on purpose", http.StatusInternalServerError)
	})
	http.HandleFunc("/trailers", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		io.Copy(w, bytes.NewReader(body))
		w.Header().Set("X-Sum", r.Trailer.Get("X-Sum"))
	})
	http.HandleFunc("/panics", func(w http.ResponseWriter, r *http.Request) {
		w.Write(make([]byte, 100000))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	if err := http.ListenAndServe("127.0.0.1:"+os.Args[1], nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
