package function

import (
	"fmt"
	"io"
	"net/http"
)

// Handle answers one request; it is called for many at once.
func Handle(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "Body: %s", body)
}
