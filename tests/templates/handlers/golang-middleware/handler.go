package function

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
)

// greets is set by a file that comes with the package.
var greets = func() string { return "" }

func Handle(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/seen"):
		answerJSON(w, map[string]interface{}{"method": r.Method, "path": path, "query": r.URL.Query(), "field": r.Header.Get("X-Mine")})
	case path == "/json":
		var value interface{}
		if err := json.NewDecoder(r.Body).Decode(&value); err != nil {
			panic(err)
		}
		answerJSON(w, value)
	case path == "/status":
		w.Header().Set("X-Mine", "yes")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "made")
	case path == "/greets":
		io.WriteString(w, greets())
	case path == "/fails":
		innermost()
	case path == "/held":
		gate, err := os.Open(r.URL.RawQuery)
		if err != nil {
			panic(err)
		}
		defer gate.Close()
		io.ReadAll(gate)
		io.WriteString(w, "went on")
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		body, err := io.ReadAll(r.Body) // whole: this server stops reading when the answer begins
		if err != nil {
			panic(err)
		}
		w.Write(body)
	}
}

func answerJSON(w http.ResponseWriter, value interface{}) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

func innermost() { panic("no such luck") }
